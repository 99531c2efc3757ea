# SPDX-License-Identifier: BSD-2-Clause
"""The laws that tools/lint.py holds; one module a kind."""

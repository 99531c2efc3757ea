# SPDX-License-Identifier: BSD-2-Clause
"""What the program says of keys, receivers and places is so."""
import os
import socket

import support
from support import Place, run


def key_is_called_as_its_file():
    """Two keys of one host have names of their own; what no name can be, the host's."""
    with Place() as place:
        os.mkdir(place.file("d"))
        for file, name in (("d/field-a", "field-a"), ("d/field-b", "field-b"),
                           ("a b", socket.gethostname()[:63])):
            made = run("keygen", file, cwd=place.path)
            assert made.returncode == 0, made.stderr
            assert made.stdout.split()[1:] == [name], made.stdout
            with open(place.file(file + ".pub"), encoding="utf-8") as text:
                assert text.read() == made.stdout


support.main([key_is_called_as_its_file])

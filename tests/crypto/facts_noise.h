/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Made by tests/crypto/noise_slow.py. ik_facts is the vector of the cacophony project; psk2_facts
 * is computed by that script, which agrees with the former. Each: two handshake and four
 * transport messages.
 */
#ifndef PLAIT_TESTS_FACTS_NOISE_H
#define PLAIT_TESTS_FACTS_NOISE_H

#include "core/crypto/noise.h"

#define FACTS_MESSAGES 6

/* All in hexadecimal; psk is NULL without one. */
struct noise_facts {
    enum noise_pattern pattern;
    const char *prologue, *init_static, *init_ephemeral, *resp_static, *resp_ephemeral;
    const char *psk, *handshake_hash;
    const char *payloads[FACTS_MESSAGES], *messages[FACTS_MESSAGES];
};

/* clang-format off */
static const struct noise_facts ik_facts = {
    .pattern = NOISE_IK,
    .prologue =
            "4a6f686e2047616c74",
    .init_static =
            "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
    .init_ephemeral =
            "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
    .resp_static =
            "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
    .resp_ephemeral =
            "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
    .handshake_hash =
            "1c8fa891cb414fedba6daa7c6f4ae0a6d98e5f9768cc9cecd27e805614943ee9c8a1b27fbfb76dc1"
            "97255c8aa69f6b4285c423840b8bedf45e652ca64f797d81",
    .payloads = {
            "4c756477696720766f6e204d69736573",
            "4d757272617920526f746862617264",
            "462e20412e20486179656b",
            "4361726c204d656e676572",
            "4a65616e2d426170746973746520536179",
            "457567656e2042f6686d20766f6e2042617765726b",
    },
    .messages = {
            "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944ba83a447b38c83e3"
            "27ad936929812f624884847b7831e95e197b2f797088efdd2f88f1db7e1fb0e99c64419097af91ce"
            "e64e470f4b6fcd9298ce0b56fe20f86e13bf70439c538e3602a7127af71a29cc",
            "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088439f069b267a06b3de"
            "3ecb1043bcb098e9af91d9c64748d998c7b47890871571",
            "cd54383060e7a28434cca27fb1cc524cfbabeb18181589df219d07",
            "a856d3bf0246bfc476c655009cd1ed677b8dcc5b349ae8ef2a05f2",
            "49063084b2c51f098337cb8a13739ac848f907e67cfb2cc8a8b60586467aa02fc7",
            "8b9709d23b47e4639df7678d7a21741eba4ef1e9c60383001c7435549c20f9d56f30e935d3",
    },
};

static const struct noise_facts psk2_facts = {
    .pattern = NOISE_IKPSK2,
    .prologue =
            "706c6169742070736b322070726f6c6f677565",
    .init_static =
            "29439d76ef5a7fe66cf899a45441f241336eb26c7a7c9c3284ff7f7df0672eaa",
    .init_ephemeral =
            "1a086bb2a7f7b5534c24bfdf9dadda4b7e2af283b35bb81ba63eb2bf7badeb8b",
    .resp_static =
            "4927ca2bfcc57767fc96d80b3082b820f18eb927521484ba27829f20e6cab619",
    .resp_ephemeral =
            "aa158bac49d69038f0aa0d60848fca186c409deb42174bd0f9ee9e9caa8af696",
    .psk =
            "45cc16e371ab91fbe3ab804a37172c402c2dc064faef278d33a25d53f8b71e34",
    .handshake_hash =
            "d883d05a0468dfa2efc206d949f1e772aae81f717a234d6b9a33f1ce08636a27b57ed2793d3a05d8"
            "9cc12c88d0c0a3bbd50eee4d2afd54e89e4f04c834871ffa",
    .payloads = {
            "",
            "746865207365636f6e64207061796c6f6164",
            "666f7277617264",
            "6261636b77617264",
            "666f727761726420616761696e",
            "",
    },
    .messages = {
            "2c8fd14ec97cfab1cfeda3b69d9a0aa898cba9e527e604ce17d0d37532c83d5a95acea9830212267"
            "1206791720f4591d777452d9f3ad142eba683ab8dd2189bd2a50a779efadddfe58b0588607deb7c6"
            "e0f1755654d7682b239a6907f8f73249",
            "f5503deaf99be9a2780b435425d333f715f2c766825d6170a5869c33c44361335df7899bd20cfb3f"
            "40bd51bf5de8a69d2d75399553fa261f9e57c2d449fe6d23e16f",
            "307e4165051646f74ae5b803d952a57945154757c5d410",
            "cdeb72067c9659dcc2cd47c8d27958e1afee8df675fa3ae2",
            "732fdc333ef0e098b6218d79e86dd6702e218863fea60f984cf944325a",
            "80777f395b5ffa40ae6fa444d92496e0",
    },
};
/* clang-format on */

#endif

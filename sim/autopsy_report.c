/* SPDX-License-Identifier: BSD-2-Clause */
/* How an autopsy is printed. */
#include <stdlib.h>
#include <string.h>

#include "sim/autopsy.h"
#include "sim/bound.h"
#include "sim/world.h"

#define LL(x) ((unsigned long long)(x))

static const struct {
    char letter;
    const char *text;
} classes[AUTOPSY_CLASSES] = {
    [AUTOPSY_ON_TIME] = {'-', "on time"},
    [AUTOPSY_DROPPED] = {'a', "never sent, given up by the sender"},
    [AUTOPSY_WAITED] = {'b', "waited more than half its latency to be sent"},
    [AUTOPSY_RESENT_LATE] = {'c', "faded or lost, sent again too late"},
    [AUTOPSY_RESENT_FADED] = {'d', "faded or lost, and so was what was sent again in time"},
    [AUTOPSY_UNNOTICED] = {'e', "faded or lost, not sent again: nothing was overdue in time"},
    [AUTOPSY_UNSENT] = {'f', "faded or lost, overdue in time, but not sent again"},
    [AUTOPSY_HELD] = {'g', "arrived in time, but came out late"},
};

static const char *const doors[AUTOPSY_DOORS] = {"open", "doubt", "window", "pacing"};

static double ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

static void print_sending(FILE *out, const struct autopsy_sending *sending, uint64_t written_ns)
{
    fprintf(out, " | +%.0f link %u q%u other %u %s said +%.0f", ms(sending->at_ns - written_ns),
            sending->link, sending->wait_ms, sending->other_ms, doors[sending->other_door],
            ((double)sending->expected_ns - (double)written_ns) / 1e6);
    if (sending->fate == EMU_ACCEPTED) {
        fprintf(out, " came +%.0f", ms(sending->arrives_ns - written_ns));
    } else {
        fprintf(out, " %s", sending->fate == EMU_LOST ? "LOST" : "REFUSED");
    }
}

static void print_packet(FILE *out, const struct autopsy_packet *packet,
                         const struct ledger_entry *entry, uint64_t index, enum autopsy_class kind)
{
    fprintf(out, "%c %llu written %.3f s", classes[kind].letter, LL(index),
            (double)entry->written_ns / 1e9);
    if (entry->refused) {
        fprintf(out, " refused");
    }
    if (packet && packet->dropped_ns) {
        fprintf(out, " given up +%.0f", ms(packet->dropped_ns - entry->written_ns));
    }
    if (packet && packet->noticed_ns) {
        fprintf(out, " wanted again +%.0f", ms(packet->noticed_ns - entry->written_ns));
    }
    for (uint32_t i = 0; packet && i < packet->sendings && i < AUTOPSY_SENDINGS; i++) {
        print_sending(out, &packet->sending[i], entry->written_ns);
    }
    fprintf(out, "\n");
}

/* ---- The tables ---- */

struct sums {
    uint64_t count, lost, late, refused; /* by the fate of the first sending */
    uint64_t door[AUTOPSY_DOORS];        /* .. and that link's door */
    uint64_t other;                      /* another link would have made it at the first sending */
    double waited_ms, error_ms;          /* until sent or given up; came after it was said */
};

struct totals {
    struct sums of[AUTOPSY_CLASSES];
    uint64_t again, needless; /* sent again; of those, when another copy came in time anyway */
    uint64_t late, lost;      /* of all sendings */
};

static void sum_first(struct sums *sums, const struct autopsy_packet *packet,
                      const struct ledger_entry *entry)
{
    const struct autopsy_sending *first = &packet->sending[0];
    uint64_t due = entry->written_ns + entry->latency_max_ns;
    sums->waited_ms += ms(first->at_ns - entry->written_ns);
    sums->lost += first->fate == EMU_LOST;
    sums->late += first->fate == EMU_ACCEPTED;
    sums->refused += first->fate != EMU_ACCEPTED && first->fate != EMU_LOST;
    sums->other += first->at_ns + first->other_ms * SIM_MS <= due;
    sums->door[first->other_door] += first->at_ns + first->other_ms * SIM_MS <= due;
    if (first->fate == EMU_ACCEPTED) {
        sums->error_ms += ((double)first->arrives_ns - (double)first->expected_ns) / 1e6;
    }
}

static void sum_sendings(struct totals *totals, const struct autopsy_packet *packet, uint64_t due)
{
    uint32_t kept = packet->sendings < AUTOPSY_SENDINGS ? packet->sendings : AUTOPSY_SENDINGS;
    uint64_t in_time = 0;
    for (uint32_t i = 0; i < kept; i++) {
        const struct autopsy_sending *sending = &packet->sending[i];
        in_time += sending->arrives_ns <= due;
        totals->late += sending->fate == EMU_ACCEPTED && sending->arrives_ns > due;
        totals->lost += sending->fate == EMU_LOST;
    }
    totals->again += packet->sendings > 1 ? packet->sendings - 1 : 0;
    totals->needless += in_time > 1 ? in_time - 1 : 0;
}

static void sum_packet(struct totals *totals, const struct autopsy_packet *packet,
                       const struct ledger_entry *entry, enum autopsy_class kind)
{
    struct sums *sums = &totals->of[kind];
    sums->count++;
    if (!packet) {
        return;
    }
    if (packet->sendings > 0) {
        sum_first(sums, packet, entry);
    } else if (packet->dropped_ns) {
        sums->waited_ms += ms(packet->dropped_ns - entry->written_ns);
    }
    sum_sendings(totals, packet, entry->written_ns + entry->latency_max_ns);
}

static void print_totals(FILE *out, const struct totals *totals, uint64_t written)
{
    fprintf(out,
            "\nclass   packets      %%  waited ms | first sending: lost  late refused, came so "
            "many ms after it was said | another link would have made it then; its door: open, "
            "doubt, window, pacing\n");
    for (int kind = AUTOPSY_DROPPED; kind < AUTOPSY_CLASSES; kind++) {
        const struct sums *sums = &totals->of[kind];
        double n = sums->count ? (double)sums->count : 1;
        fprintf(out,
                "%c      %8llu %6.3f %10.0f | %20llu %5llu %7llu %8.0f | %8llu %6llu %5llu %6llu "
                "%6llu  %s\n",
                classes[kind].letter, LL(sums->count),
                written ? 100 * (double)sums->count / (double)written : 0, sums->waited_ms / n,
                LL(sums->lost), LL(sums->late), LL(sums->refused),
                sums->late ? sums->error_ms / (double)sums->late : 0, LL(sums->other),
                LL(sums->door[AUTOPSY_OPEN]), LL(sums->door[AUTOPSY_DOUBT]),
                LL(sums->door[AUTOPSY_WINDOW]), LL(sums->door[AUTOPSY_PACING]), classes[kind].text);
    }
    fprintf(out,
            "sent again %llu, of which %llu for nothing (another copy came in time); of all "
            "sendings %llu came late, %llu were lost\n",
            LL(totals->again), LL(totals->needless), LL(totals->late), LL(totals->lost));
}

static void print_idle(FILE *out, const struct autopsy *autopsy, const struct world *world)
{
    fprintf(out, "\npackets that a link could have carried and did not while media had waited for "
                 "50 ms or was set aside; its door: open, doubt, window, pacing\n");
    for (uint32_t link = 0; link < world->config.scenario->link_count; link++) {
        fprintf(out, "link %u ", link);
        for (int door = 0; door < AUTOPSY_DOORS; door++) {
            uint64_t bytes = autopsy_idle_bytes(autopsy, link, (enum autopsy_door)door);
            fprintf(out, " %6llu", LL(bytes / AUTOPSY_PACKET_BYTES));
        }
        fprintf(out, "\n");
    }
}

/* What even O1 misses in each second, by when it was written. */
static uint64_t *bound_missed(const struct world *world, uint64_t seconds)
{
    uint64_t *missed = calloc(seconds + 1, sizeof *missed);
    if (!missed) {
        abort();
    }
    uint8_t *met = bound_met(world);
    for (uint64_t i = 0; met && i < world->ledger.count; i++) {
        missed[world->ledger.entries[i].written_ns / SIM_S] += !met[i];
    }
    free(met);
    return missed;
}

static void print_seconds(FILE *out, const struct autopsy *autopsy, const struct world *world)
{
    const struct ledger *ledger = &world->ledger;
    uint64_t seconds = world->config.load.stop_ns / SIM_S + 1;
    uint64_t *missed = bound_missed(world, seconds);
    fprintf(out, "\nsecond written  O1 missed      a      b      c      d      e      f      g | "
                 "links could carry, kbit/s\n");
    for (uint64_t second = 0, i = 0; second < seconds; second++) {
        uint64_t of[AUTOPSY_CLASSES] = {0};
        uint64_t first = i;
        for (; i < ledger->count && ledger->entries[i].written_ns / SIM_S == second; i++) {
            of[autopsy_classify(autopsy, world, i)]++;
        }
        if (i - first == of[AUTOPSY_ON_TIME]) {
            continue;
        }
        fprintf(out, "%6llu %7llu %10llu", LL(second), LL(i - first), LL(missed[second]));
        for (int kind = AUTOPSY_DROPPED; kind < AUTOPSY_CLASSES; kind++) {
            fprintf(out, " %6llu", LL(of[kind]));
        }
        fprintf(out, " |");
        for (uint32_t link = 0; link < world->config.scenario->link_count; link++) {
            const struct emu_link *emu = emu_net_link(world->net, link, EMU_FORWARD);
            uint64_t bytes = emu_link_capacity_bytes(emu, second * SIM_S, (second + 1) * SIM_S);
            fprintf(out, " %llu", LL(bytes / 125));
        }
        fprintf(out, "\n");
    }
    free(missed);
}

void autopsy_print(FILE *out, const struct autopsy *autopsy, const struct world *world,
                   unsigned limit)
{
    const struct ledger *ledger = &world->ledger;
    struct totals totals;
    unsigned printed = 0;
    memset(&totals, 0, sizeof totals);
    fprintf(out, "# kind, number; +ms after it was written; q: the link's true queue, ms; other: "
                 "ms the best other link would have taken, and what of its doubt, window or pacing "
                 "forbade it; "
                 "said: when it was thought to arrive\n");
    for (uint64_t i = 0; i < ledger->count; i++) {
        enum autopsy_class kind = autopsy_classify(autopsy, world, i);
        const struct autopsy_packet *packet = autopsy_packet(autopsy, i);
        sum_packet(&totals, packet, &ledger->entries[i], kind);
        if (kind != AUTOPSY_ON_TIME && printed++ < limit) {
            print_packet(out, packet, &ledger->entries[i], i, kind);
        }
    }
    if (printed > limit) {
        fprintf(out, ".. and %u more\n", printed - limit);
    }
    print_totals(out, &totals, ledger->count);
    print_idle(out, autopsy, world);
    print_seconds(out, autopsy, world);
}

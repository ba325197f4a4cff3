/* The claims of CorpusLogWriter and CorpusLog.Recover as a model: two slots with a log each, and one board of two words, of two buckets and of one. One slot's worker claims two inputs and its
   successor another, the other slot's worker claims one; an input hits two buckets, in one word or in both. When the OS says that a worker is gone, the broker finishes its claim, and then a
   successor opens the log. Two deaths in all, of workers and of the broker while it recovers, each before any step; a broker that died recovers anew. The unit of memory is the word: a record's
   header is one, its payload one or two. Stores are seen in their order, which is what the releasing stores and the OR are for. Room and the change of segments are in CorpusLogReader.pml.
   Checked: at the end every bucket on the board is in a committed record; every committed record is whole and stands in the log once; a bucket has one owner; recovery finds nothing that it has to
   refuse; the next worker finds no claim under way.
   mutant 1: pending is stored before the record is written; breaks: ==(claim-at)
   mutant 2: pending is stored after the board; breaks: ==((board[0]|board[1])&entered)
   mutant 3: pending is cleared before the tail is stored; breaks: ==((board[0]|board[1])&entered)
   mutant 4: a claim that owns nothing leaves pending as it is; breaks: ==(claim-at)
   mutant 5: a bucket is owned by what was seen before the OR, not by what the OR found; breaks: (owns&board[1])==0
   mutant 6: recovery does not compare pending with the tail: where a claim is pending it commits what stands at the tail; breaks: value>=4
   mutant 7: recovery clears pending before it stores the tail; breaks: ==((board[0]|board[1])&entered)
   mutant 8: recovery, and with it the next worker, does not wait until the OS says that the worker is gone; breaks: ==((board[0]|board[1])&entered) */

#ifndef MUTANT
#define MUTANT 0
#endif
#define KILLS 2
#define ROOM 9
#define GENERATIONS(slot) (2 - (slot))
#define CLAIMS (slot == 0 && generation == 0 -> 2 : 1)

/* A payload's words are its claim's number in the slot, and which input it is: 0 hits the buckets 1 and 4, 1 hits 1 and 2, 2 hits 2 and 4. The board's words are 1 and 2, and 4. */
#define VALUE(number, input) ((number) * 4 + (input))
#define BUCKETS(value) (((value) & 3) == 0 -> 5 : (((value) & 3) == 1 -> 3 : 6))
#define LENGTH(value) (((value) & 3) == 0 -> 2 : 3)
#define WORD(i) word[slot * ROOM + (i)]

byte word[2 * ROOM], tail[2], pending[2]; /* the logs */
byte board[2];
byte turn[2];                             /* the generation that has the slot, or one more than the last */
bool gone[4];                             /* the workers that were killed: 2 * slot + generation */
bool dead[4];                             /* those that the OS says to be gone: killed, or come to their end */
bool brokerGone[2];
byte kills;

/* Goes through the committed records, as whoever opens the log does; 'entered' gets their buckets. */
inline read_log() {
    d_step {
        at = 0;
        numbers = 0;
        do
        :: at >= tail[slot] -> break
        :: at < tail[slot] ->
            value = WORD(at + 1);
            assert(value >= 4 && WORD(at) == LENGTH(value) && (WORD(at) == 2 || WORD(at + 2) == value));
            assert((numbers & (1 << (value / 4))) == 0);
            numbers = numbers | (1 << (value / 4));
            entered = entered | BUCKETS(value);
            at = at + WORD(at)
        od;
        assert(at == tail[slot]);
        value = 0;
        numbers = 0
    }
}

/* The buckets of one word that the execution hit and that are new; the OR is one step. */
inline set_buckets(w, buckets) {
    seen = board[w];
    if
    :: atomic { (buckets & ~seen) != 0 ->
            d_step {
                seen = buckets & ~seen;
                if :: MUTANT != 5 -> owns = (seen & ~board[w]) :: else -> owns = seen fi;
                assert((owns & board[w]) == 0);
                owned = owned || owns != 0;
                board[w] = board[w] | seen;
                owns = 0;
                seen = 0
            }
        }
    :: atomic { else -> seen = 0 }
    fi
}

proctype Worker(byte slot, generation) {
    byte end, n, value, seen, owns;
    bool owned;
    atomic { turn[slot] >= generation && (MUTANT != 8 || pending[slot] == 0); end = tail[slot]; assert(pending[slot] == 0) };
    {
        do
        :: atomic { n == CLAIMS -> break }
        :: atomic { n < CLAIMS ->
                if :: value = 0 :: value = 1 :: value = 2 fi;
                value = VALUE(1 + 2 * generation + n, value);
                n++
            };
#if MUTANT == 1
            pending[slot] = end + LENGTH(value);
#endif
            WORD(end) = LENGTH(value);
            WORD(end + 1) = value;
            if
            :: LENGTH(value) == 3 -> WORD(end + 2) = value
            :: else
            fi;
#if MUTANT != 1 && MUTANT != 2
            pending[slot] = end + LENGTH(value);
#endif
            set_buckets(0, (BUCKETS(value) & 3));
            set_buckets(1, (BUCKETS(value) & 4));
#if MUTANT == 2
            pending[slot] = end + LENGTH(value);
#elif MUTANT == 3
            pending[slot] = 0;
#endif
            if
            :: atomic { owned -> end = end + LENGTH(value); tail[slot] = end }
            :: else
            fi;
            atomic {
                if
                :: owned || MUTANT != 4 -> pending[slot] = 0
                :: else
                fi;
                value = 0;
                owned = false
            }
        od
    } unless { gone[slot * 2 + generation] };
    atomic { dead[slot * 2 + generation] = true; end = 0; n = 0; value = 0; seen = 0; owned = false }
}

proctype Broker(byte slot) {
    byte at, value, numbers, entered, claim;
again:
    {
        do
        :: turn[slot] == GENERATIONS(slot) -> break
        :: turn[slot] < GENERATIONS(slot) && (dead[slot * 2 + turn[slot]] || (MUTANT == 8 && turn[slot] + 1 < GENERATIONS(slot))) ->
            read_log(); /* the tail is where it ended */
            atomic { claim = pending[slot]; entered = 0 };
#if MUTANT == 7
            pending[slot] = 0;
#endif
            atomic {
                if
                :: MUTANT == 6 && claim != 0 -> tail[slot] = at + WORD(at)
                :: MUTANT != 6 && claim > at -> assert(WORD(at) == claim - at); tail[slot] = claim
                :: else -> assert(claim == 0 || claim == at)
                fi;
                at = 0;
                claim = 0
            };
            pending[slot] = 0;
            turn[slot]++
        od
    } unless { atomic { brokerGone[slot] -> brokerGone[slot] = false; at = 0; entered = 0; claim = 0; goto again } }
}

/* Whoever comes last. */
proctype Last() {
    byte slot, at, value, numbers, entered;
    turn[0] == GENERATIONS(0) && turn[1] == GENERATIONS(1) && dead[0];
    read_log();
    slot++;
    read_log();
    assert((board[0] | board[1]) == ((board[0] | board[1]) & entered))
}

#define LIVES(slot, generation) (kills < KILLS && turn[slot] == generation && !dead[slot * 2 + generation] && !gone[slot * 2 + generation])
#define RECOVERS(slot) (kills < KILLS && turn[slot] < GENERATIONS(slot) && dead[slot * 2 + turn[slot]] && !brokerGone[slot])

proctype Killer() {
end:
    do
    :: atomic { LIVES(0, 0) -> gone[0] = true; kills++ }
    :: atomic { LIVES(0, 1) -> gone[1] = true; kills++ }
    :: atomic { LIVES(1, 0) -> gone[2] = true; kills++ }
    :: atomic { RECOVERS(0) -> brokerGone[0] = true; kills++ }
    :: atomic { RECOVERS(1) -> brokerGone[1] = true; kills++ }
    od
}

init { atomic { run Worker(0, 0); run Worker(0, 1); run Worker(1, 0); run Broker(0); run Broker(1); run Last(); run Killer() } }

/* SharedMutex as a model: three processes enter; two of them may be killed, each before any of its steps.
   Checked: at most one is inside; who finds the guarded data half done was told; every process that lives gets in (no cycle without progress).
   mutant 1: who takes a dead owner's place stores the state instead of comparing and swapping it; breaks: owner==(me+1)
   mutant 2: nobody asks whether the owner is gone; breaks: non-progress cycle
   mutant 3: the next owner after a death is not told; breaks: !(half)||told */
/* check: progress */

#ifndef MUTANT
#define MUTANT 0
#endif
/* A sleep may end at any time; to look for cycles it ends only when nobody else can do anything. */
#ifdef PROGRESS
#define SLICE_OVER timeout
#else
#define SLICE_OVER asleep[me]
#endif
#define N 3
#define KILLS 2

byte owner;          /* 0 free, else 1 + the owner: with the flag one word, changed in one step */
bool flag;
bool gone[N], asleep[N], inside[N];
byte kills;
bool half;           /* what the mutex guards is half done */

proctype Process(byte me) {
    byte seen;
    bool seenFlag, mark, told, outlasted;
    {
        mark = false;
again:
        atomic { seen = owner; seenFlag = flag };
        if
        :: seen == 0 ->
            atomic {
                if
                :: owner == 0 && !flag -> owner = me + 1; flag = mark; inside[me] = true
                :: else -> goto again
                fi
            }
        :: seen != 0 && outlasted && gone[seen - 1] && MUTANT != 2 ->
            atomic {
                if
                :: (owner == seen && flag == seenFlag) || MUTANT == 1 -> owner = me + 1; flag = true; told = (MUTANT != 3); inside[me] = true
                :: else -> goto again
                fi
            }
        :: else ->
            atomic {
                if
                :: owner == seen && flag == seenFlag -> flag = true; mark = true
                :: else -> goto again
                fi
            };
            /* The futex: asleep only while the word is as it was. */
            d_step { if :: owner == seen && flag -> asleep[me] = true :: else fi };
            if
            :: !asleep[me]
            :: atomic { SLICE_OVER -> asleep[me] = false; outlasted = true }
            fi;
            goto again
        fi;
progress:
        d_step { seen = 0; seenFlag = false; outlasted = false; assert(inside[0] + inside[1] + inside[2] == 1); assert(!half || told); half = true; told = false };
        half = false;
        d_step { assert(owner == me + 1); mark = flag; owner = 0; flag = false; inside[me] = false };
        if
        :: mark ->
            atomic {
                if
                :: asleep[0] -> asleep[0] = false
                :: asleep[1] -> asleep[1] = false
                :: asleep[2] -> asleep[2] = false
                :: else
                fi
            }
        :: else
        fi
    } unless { gone[me] };
    atomic { seen = 0; seenFlag = false; mark = false; told = false; outlasted = false }
}

/* Processes are alike, so the last one may stand for all that live. */
proctype Killer() {
    byte who;
end:
    do
    :: kills < KILLS ->
        atomic { select(who : 0 .. N - 2); gone[who] = true; asleep[who] = false; inside[who] = false; kills++; who = 0 }
    :: break
    od
}

init { atomic { run Process(0); run Process(1); run Process(2); run Killer() } }

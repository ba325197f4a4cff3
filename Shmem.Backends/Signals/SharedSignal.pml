/* SharedSignal as a model: two processes each write something and notify; two wait until both have. Both who notify may be killed before any step, and one who waits.
   Checked: nobody who lives waits for ever. A sleep ends by itself (its slice) only where somebody was killed: without a death no wake may be lost.
   mutant 1: the mark is taken away after the wake; breaks: invalid end state
   mutant 2: who waits does not look at the version again when it has set the mark; breaks: invalid end state
   mutant 3: a sleep has no slice, and a notifier is killed before it wakes; breaks: invalid end state */

#ifndef MUTANT
#define MUTANT 0
#endif

byte version;
bool mark;           /* with the version one word */
bool written[2], gone[2];
bool asleep[2];
byte kills;

#define MAY_DIE(KILLED) if :: atomic { kills < 2 -> kills++; KILLED; goto killed } :: true fi
#define DONE(i) (written[i] || gone[i])

proctype Notifier(byte me) {
    bool wakes;
    MAY_DIE(gone[me] = true);
    written[me] = true;
    MAY_DIE(gone[me] = true);
    atomic { version++; wakes = mark };
    MAY_DIE(gone[me] = true);
    if
    :: wakes ->
        if
        :: MUTANT != 1 -> mark = false
        :: else -> atomic { asleep[0] = false; asleep[1] = false }
        fi;
        MAY_DIE(gone[me] = true);
        if
        :: MUTANT != 1 -> atomic { asleep[0] = false; asleep[1] = false }
        :: else -> mark = false
        fi
    :: else
    fi;
killed:
    skip
}

proctype Waiter(byte me) {
    byte seen, expected;
    do
    :: seen = version;
       if :: DONE(0) && DONE(1) -> break :: else fi;
       MAY_DIE(asleep[me] = false);
       atomic { mark = true; expected = version };
       MAY_DIE(asleep[me] = false);
       if
       :: expected != seen && MUTANT != 2
       :: else ->
           atomic { if :: version == expected && mark -> asleep[me] = true :: else fi };
           MAY_DIE(asleep[me] = false);
           if
           :: !asleep[me]
           :: atomic { timeout && kills > 0 && MUTANT != 3 -> asleep[me] = false }
           fi
       fi
    od;
killed:
    skip
}

init { atomic { run Notifier(0); run Notifier(1); run Waiter(0); run Waiter(1) } }

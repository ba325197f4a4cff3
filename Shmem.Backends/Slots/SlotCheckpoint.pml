/* SlotCheckpoint as a model: a slot's worker saves two states, its successor two more; a state is two words. Both may be killed, each before any step; a successor begins when the OS says that the
   one before is gone, and restores what was saved, as does a third. Another process reads at any time, beside them; it stores nothing that they read, so one stands for many, and its death changes
   nothing. Stores that no barrier orders are done in any order.
   A state that is larger than an area goes into a segment, of which there is one for each area; it is written as the content is, between the number's zero and the new number; the content is
   its description; and who reads copies it before looking at the number again. (Where nobody reads but who restores, the segment could also be written before the number's zero and copied after
   the last look: without the other reader mutants 1, 4, 6 and 8 do no harm.)
   Before any such write one of the areas gets a larger segment in the place of its first, which may then still hold that area's newest state; its successors get the larger one, too. One such
   replacement stands for many.
   Checked: a state that is read is whole, and none that was saved is lost: who restores gets the last one, another reader none that is older than when it began.
   mutant 1: the number is not set to 0 before the area is written; breaks: (one==said[took])&&(two==said[took])
   mutant 2: the new number is stored before the content; breaks: (one==said[took])&&(two==said[took])
   mutant 3: the newer area is written, not the older; breaks: took==saved
   mutant 4: who reads does not look at the number again; breaks: (one==said[took])&&(two==said[took])
   mutant 5: a successor does not wait until the OS says that the one before is gone; breaks: took==saved
   mutant 6: the segment is written before the number is set to 0; breaks: (one==said[took])&&(two==said[took])
   mutant 7: both areas have the same segment; breaks: (one==said[took])&&(two==said[took])
   mutant 8: who reads looks at the number again before it copies the segment; breaks: (one==said[took])&&(two==said[took])
   mutant 9: the segment that a replacement leaves becomes the other area's; breaks: (one==said[took])&&(two==said[took]) */

#ifndef MUTANT
#define MUTANT 0
#endif
#define WORKERS 3                /* the last one only restores */
#define STATES (me < 2 -> 2 : 0)
#define TRIES 4
#define SMALL 2                  /* the lengths of a state of two words, and of a description */
#define LARGE 1
#define VALUE (8 * (me + 1) + next)
#if MUTANT == 7
#define SEGMENT(area) 0
#elif MUTANT == 9
#define SEGMENT(area) (moved == 0 -> (area) : (moved == 1 + (area) -> 2 : 1 - (area)))
#else
#define SEGMENT(area) (moved == 1 + (area) -> 2 : (area))
#endif

/* For each area its number, the content's length and two words, and its segment's two words; behind these the words of the larger segment. A description is one word: 1 + the segment. */
byte number[2], length[2], content[4], segment[6];
byte moved;                      /* 1 + the area that got the larger segment */
byte said[8];                    /* the words of what was saved under each number; never forgotten */
byte saved;                      /* the last number that was stored */
bool gone[WORKERS], dead[WORKERS];

/* TryRead: 'took' is the number of the state that was read, 0 if none was. */
inline read() {
    do
    :: atomic { took != 0 || tries == TRIES -> tries = 0; break }
    :: atomic { took == 0 && tries < TRIES -> tries++; one = number[0] };
        atomic { if :: one >= number[1] -> area = 0 :: else -> area = 1 fi; one = 0 };
        took = number[area];
        if
        :: took == 0
        :: else ->
            large = (length[area] == LARGE);
            one = content[area * 2];
            if
            :: large
            :: else -> two = content[area * 2 + 1]
            fi;
#if MUTANT == 8
            atomic { if :: number[area] != took -> took = 0 :: else fi };
#endif
            if
            :: atomic { large && (one >= 1 && one <= 3) -> from = one - 1; one = segment[from * 2] };
                atomic { two = segment[from * 2 + 1]; from = 0 }
            :: else
            fi;
            atomic {
                if :: MUTANT != 4 && MUTANT != 8 && number[area] != took -> took = 0 :: else fi;
                assert(took == 0 || (one == said[took] && two == said[took]));
                large = false;
                one = 0;
                two = 0
            }
        fi;
        area = 0
    od
}

proctype Worker(byte me) {
    byte n, next, older, todo;
    byte tries, area, took, one, two, from;
    bool large;
    me == 0 || dead[me - 1] || (MUTANT == 5 && me < 2);
    {
        atomic { read(); assert(took == saved); took = 0 }; /* alone with what stands still: one step */
        do
        :: atomic { n == STATES -> break }
        :: atomic { n < STATES ->
                n++;
                if :: number[0] <= number[1] -> older = 0; next = number[1] + 1 :: else -> older = 1; next = number[0] + 1 fi;
                if :: MUTANT == 3 -> older = 1 - older :: else fi;
                if
                :: todo = 7
                :: large = true;
                    todo = 27;
                    if :: true :: moved == 0 -> moved = 1 :: moved == 0 -> moved = 2 fi
                fi
            };
#if MUTANT == 6
            if
            :: large -> segment[SEGMENT(older) * 2] = VALUE; segment[SEGMENT(older) * 2 + 1] = VALUE; todo = 3
            :: else
            fi;
#endif
#if MUTANT == 2
            d_step { number[older] = next; said[next] = VALUE; saved = next };
#elif MUTANT != 1
            number[older] = 0;
#endif
            do
            :: atomic { todo & 1 -> length[older] = (large -> LARGE : SMALL); todo = todo & ~1 }
            :: atomic { todo & 2 -> content[older * 2] = (large -> 1 + SEGMENT(older) : VALUE); todo = todo & ~2 }
            :: atomic { todo & 4 -> content[older * 2 + 1] = VALUE; todo = todo & ~4 }
            :: atomic { todo & 8 -> segment[SEGMENT(older) * 2] = VALUE; todo = todo & ~8 }
            :: atomic { todo & 16 -> segment[SEGMENT(older) * 2 + 1] = VALUE; todo = todo & ~16 }
            :: atomic { todo == 0 ->
                    if :: MUTANT != 2 -> number[older] = next; said[next] = VALUE; saved = next :: else fi;
                    next = 0;
                    older = 0;
                    large = false;
                    break
                }
            od
        od
    } unless { gone[me] };
    atomic {
        dead[me] = true;
        n = 0; next = 0; older = 0; todo = 0;
        tries = 0; area = 0; took = 0; one = 0; two = 0; from = 0; large = false
    }
}

proctype Reader() {
    byte since;
    byte tries, area, took, one, two, from;
    bool large;
    since = saved;
    read();
    assert(took == 0 || took >= since)
}

proctype Killer() {
end:
    do
    :: atomic { !dead[0] && !gone[0] -> gone[0] = true }
    :: atomic { dead[0] && !dead[1] && !gone[1] -> gone[1] = true }
    od
}

init { atomic { run Worker(0); run Worker(1); run Worker(2); run Reader(); run Killer() } }

/* SharedRing as a model: room for one message of two words; one writer writes two messages and another one, two readers join at the oldest or the newest and read to the end. One of the four
   may be killed, each before any of its steps. The mutex is the one of SharedMutex.pml, in its effect: who wants it gets it when it is free or its owner is dead.
   Checked: every message that is read is whole and the one that was written in its place, whatever was killed; everyone who lives comes to its end.
   mutant 1: the tail is stored before the message; breaks: (a==b)&&(a==said[at])
   mutant 2: a reader's cursor is stored before the message is copied; breaks: (a==b)&&(a==said[at])
   mutant 3: a dead reader keeps its place; breaks: invalid end state
   mutant 4: a reader joins outside the mutex; breaks: (a==b)&&(a==said[at]) */

#ifndef MUTANT
#define MUTANT 0
#endif
#define WRITERS 2
#define READERS 2
#define MESSAGES(me) (2 - me)
#define ROOM 1
#define KILLS 1
#define NOBODY 255

byte owner = NOBODY;             /* of the mutex */
byte tail, oldest, limit;
byte first[ROOM], second[ROOM];  /* the messages' words */
byte said[6];                    /* what was written in each place since the beginning; never forgotten */
byte place[READERS] = NOBODY;    /* who reads in it */
byte cursor[READERS];
bool gone[WRITERS + READERS];
byte writing = WRITERS;
byte kills, slowest;

#define MY (me - WRITERS)
#define OUT_OF_THE_WAY(i) (place[i] == NOBODY || cursor[i] > oldest || (gone[WRITERS + i] && MUTANT != 3))
#define IS_FREE (owner == NOBODY || gone[owner])

/* Makes room for one message, if no living reader is in the way. One step: inside the mutex, only cursors change meanwhile, and those only grow. */
inline make_room(made) {
    d_step {
        made = true;
        if
        :: tail - oldest < ROOM
        :: else ->
            if
            :: limit <= oldest ->
                slowest = tail;
                if
                :: place[0] == NOBODY
                :: place[0] != NOBODY && gone[place[0]] && cursor[0] <= oldest && MUTANT != 3 -> place[0] = NOBODY
                :: else -> if :: cursor[0] < slowest -> slowest = cursor[0] :: else fi
                fi;
                if
                :: place[1] == NOBODY
                :: place[1] != NOBODY && gone[place[1]] && cursor[1] <= oldest && MUTANT != 3 -> place[1] = NOBODY
                :: else -> if :: cursor[1] < slowest -> slowest = cursor[1] :: else fi
                fi;
                limit = slowest
            :: else
            fi;
            if :: limit <= oldest -> made = false :: else -> oldest++ fi
        fi
    }
}

proctype Writer(byte me) {
    byte n;
    bool made;
    {
    do
    :: n == MESSAGES(me) -> break
    :: n < MESSAGES(me) ->
        atomic { IS_FREE -> owner = me };
        make_room(made);
        if
        :: made ->
            said[tail] = 1 + me * 2 + n;
            if
            :: MUTANT == 1 -> tail++; first[(tail - 1) % ROOM] = said[tail - 1]; second[(tail - 1) % ROOM] = said[tail - 1]
            :: else -> first[tail % ROOM] = said[tail]; second[tail % ROOM] = said[tail]; tail++
            fi;
            n++
        :: else
        fi;
        owner = NOBODY;
        /* Without room: it looks again, and sooner or later finds that the readers in the way have moved, or left, or are gone. */
        if
        :: made
        :: !made && (tail - oldest < ROOM || (OUT_OF_THE_WAY(0) && OUT_OF_THE_WAY(1)))
        fi
    od
    } unless { gone[me] };
    atomic { n = 0; made = false; writing-- }
}

proctype Reader(byte me) {
    byte a, b, at;
    {
    if
    :: MUTANT != 4 -> atomic { IS_FREE -> owner = me }
    :: else
    fi;
    if
    :: at = oldest
    :: at = tail
    fi;
    cursor[MY] = at;
    if :: at < limit -> limit = at :: else fi;
    place[MY] = me;
    if :: MUTANT != 4 -> owner = NOBODY :: else fi;
    do
    :: at < tail ->
        if :: MUTANT == 2 -> cursor[MY] = at + 1 :: else fi;
        a = first[at % ROOM];
        b = second[at % ROOM];
        d_step { assert(a == b && a == said[at]); a = 0; b = 0; at++ };
        cursor[MY] = at
    :: at == tail && writing == 0 -> break
    od;
    place[MY] = NOBODY
    } unless { gone[me] };
    atomic { a = 0; b = 0; at = 0 }
}

/* The readers are alike, so the last one may stand for those that live. */
proctype Killer() {
    byte who;
end:
    do
    :: kills < KILLS -> atomic { select(who : 0 .. WRITERS + READERS - 2); gone[who] = true; kills++; who = 0 }
    :: break
    od
}

init { atomic { run Writer(0); run Writer(1); run Reader(2); run Reader(3); run Killer() } }

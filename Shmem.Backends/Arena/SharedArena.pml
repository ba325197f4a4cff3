/* SharedArena as a model: one cell, two holder words, three processes of which two at a time can be holders. Each registers, allocates the cell or opens the one that it was told of, lets
   it go and leaves; two may be killed, each before any of its steps. Who finds no holder word free takes back what the dead held.
   Checked: the cell is given only when nobody who lives holds it; a holder's cell stays what it was; when all have ended, who takes back from the dead finds it free (nothing is lost).
   mutant 1: who takes back from the dead does not take the holder word first, so two do it at once, one of them when the bit was given anew; breaks: (slot[0]==7))&&(slot[1]==7)
   mutant 2: a cell that is being claimed may be opened; breaks: (holds[me]==0)||(holds[me]==generation)
   mutant 3: opening does not compare the generation; breaks: (holds[me]==0)||(holds[me]==generation)
   mutant 4: a holder word is freed before its bit is out of the cell; breaks: (slot[0]==7))&&(slot[1]==7) */

#ifndef MUTANT
#define MUTANT 0
#endif
#define N 3
#define KILLS 2
#define NOBODY 7

/* The cell's word: a bit for each holder, and one for the claim. */
bool bitOf[2], claiming;
byte generation;
byte slot[2] = NOBODY; /* the holders' words: whose the bit is, or who takes it back */
byte told;             /* the generation that processes tell each other of */
bool gone[N + 1];
byte holds[N];         /* what a living process believes to hold: the generation; 0 for nothing */
byte kills, ended;

#define FREE (!bitOf[0] && !bitOf[1] && !claiming)

/* Takes a bit out of the cell; a claim ends with it. */
inline release(s) {
    d_step {
        bitOf[s] = false;
        if :: !bitOf[0] && !bitOf[1] -> claiming = false :: else fi
    }
}

/* Takes back what the dead one in a word held. */
inline take_back(s) {
    atomic {
        seen = slot[s];
        mine = (seen != NOBODY && gone[seen])
    };
    if
    :: mine ->
        atomic {
            if
            :: MUTANT == 1
            :: MUTANT != 1 && slot[s] == seen -> slot[s] = me
            :: else -> mine = false
            fi
        };
        if
        :: mine && MUTANT != 4 -> release(s); slot[s] = NOBODY
        :: mine && MUTANT == 4 -> slot[s] = NOBODY; release(s)
        :: else
        fi
    :: else
    fi;
    d_step { seen = 0; mine = false }
}

proctype Process(byte me) {
    byte my, seen;
    bool mine;
    {
        do
        :: atomic { slot[0] == NOBODY -> slot[0] = me; my = 0 }; break
        :: atomic { slot[1] == NOBODY -> slot[1] = me; my = 1 }; break
        :: slot[0] != NOBODY && slot[1] != NOBODY && (gone[slot[0]] || gone[slot[1]]) -> take_back(0); take_back(1)
        od;

        if
        :: atomic { FREE -> claiming = true; bitOf[my] = true; assert(holds[0] == 0 && holds[1] == 0 && holds[2] == 0) }; /* allocate */
           generation++;
           d_step { claiming = false; holds[me] = generation; told = generation }
        :: atomic { told != 0 -> seen = told };          /* open what one was told of */
           atomic {
               if
               :: !FREE && (!claiming || MUTANT == 2) -> bitOf[my] = true; mine = true
               :: else
               fi
           };
           if
           :: mine ->
               if
               :: generation == seen || MUTANT == 3 -> holds[me] = seen
               :: else -> release(my)
               fi
           :: else
           fi
        :: !FREE -> take_back(0); take_back(1) /* no room */
        fi;
        /* The bytes are used: they are those of its own generation. */
        atomic { seen = 0; mine = false; assert(holds[me] == 0 || holds[me] == generation) };
        /* It lets go, or leaves with what it holds, which is the same; then it leaves. */
        d_step {
            holds[me] = 0;
            bitOf[my] = false;
            if :: !bitOf[0] && !bitOf[1] -> claiming = false :: else fi
        };
        slot[my] = NOBODY
    } unless { gone[me] };
    d_step { my = 0; seen = 0; mine = false; ended++ }
}

/* Whoever comes last. */
proctype Last() {
    byte me = N, seen;
    bool mine;
    ended == N;
    take_back(0);
    take_back(1);
    assert(FREE && slot[0] == NOBODY && slot[1] == NOBODY)
}

/* Processes are alike, so the last one may stand for all that live. */
proctype Killer() {
    byte who;
end:
    do
    :: kills < KILLS -> atomic { select(who : 0 .. N - 2); gone[who] = true; holds[who] = 0; kills++; who = 0 }
    :: break
    od
}

init { atomic { run Process(0); run Process(1); run Process(2); run Last(); run Killer() } }

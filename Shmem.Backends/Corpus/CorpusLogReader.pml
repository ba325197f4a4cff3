/* A corpus log with its reader as a model: segments of six words, of which the link takes two; a writer adds two records, each by append, by a claim that commits or by one that drops what it
   wrote; a successor appends two more. A record is one word of header and one or two of payload, so that one or two records fit a segment. Both writers may be killed, each before any step, also
   while they lay out a segment or change to it; the broker then recovers the log. The reader begins at the first segment or at the newest that is reached. A reader stores nothing that the
   others read, so one stands for many, and its death changes nothing. The board, and the broker's death, are in CorpusLogWriter.pml; stores are seen in their order here too.
   Checked: a reader finds nothing that it has to refuse, every record that it reads is whole and the one that was committed at its place, and it reads all that are; so does who reads the log at
   the end, and who recovers or opens it; no word is written behind a segment's end; what a writer was told to be appended is in the log.
   mutant 1: the tail is stored before the record's payload; breaks: (value==said[ordinal]))&&(again==value)
   mutant 2: the tail behind a link is stored before the link's description; breaks: (value==(s+1))&&((at+2)<=end)
   mutant 3: a segment's first ordinal is stored after the link to it is committed; breaks: laidOut[s]&&(first[s]==ordinal)
   mutant 4: no room is kept for the link; breaks: (at+2)<=6
   mutant 5: the reader, when it has followed a link, does not look at the tail of the segment that it came to; breaks: ((length==2)||(length==3))&&((at+length)<=end)
   mutant 6: the reader goes by the record's header, not by the tail; breaks: (value==said[ordinal]))&&(again==value)
   mutant 7: recovery looks at the log's first segment, not at its last one; breaks: pending[s]==0 */

#ifndef MUTANT
#define MUTANT 0
#endif
#define ROOM 6
#define SEGMENTS 5
#define RECORDS 2
#define LINK 9         /* a link's header; a record's is its length */
#define LINK_LENGTH 2
#if MUTANT == 4
#define KEPT 0
#else
#define KEPT LINK_LENGTH
#endif
#define WORD(s, i) word[(s) * ROOM + (i)]

byte word[SEGMENTS * ROOM], tail[SEGMENTS], pending[SEGMENTS], first[SEGMENTS];
bool laidOut[SEGMENTS];
byte reached;          /* the newest segment that a link leads to */
byte said[5];          /* which record was committed at each ordinal; never forgotten */
byte committed;
byte appended;         /* the last record that a writer was told to be in the log */
byte turn;             /* who has the log: a writer, and 2 at the end */
bool gone[2], dead[2];

/* Goes through the committed records to the last segment: 's' and 'at' are where the log ends, 'ordinal' is the next record's. */
inline open_last() {
    d_step {
        s = 0;
        at = 0;
        ordinal = 0;
        do
        :: at == tail[s] -> break
        :: at < tail[s] && WORD(s, at) == LINK ->
            assert(at + LINK_LENGTH == tail[s] && WORD(s, at + 1) == s + 1);
            s++;
            assert(laidOut[s] && first[s] == ordinal);
            at = 0
        :: at < tail[s] && WORD(s, at) != LINK ->
            assert(WORD(s, at) == 2 || WORD(s, at) == 3);
            assert(WORD(s, at + 1) == said[ordinal] && (WORD(s, at) == 2 || WORD(s, at + 2) == said[ordinal]));
            ordinal++;
            at = at + WORD(s, at);
            assert(at <= tail[s])
        od;
        assert(ordinal == committed)
    }
}

/* What is below the tail is committed; the rest of the step is for the checks. */
inline commit(length) {
    d_step {
        at = at + length;
        said[committed] = value;
        committed++;
        ordinal++;
        tail[s] = at
    }
}

inline set_next() {
    d_step { assert(!laidOut[s + 1] || tail[s + 1] == 0); first[s + 1] = 0 };
    d_step { tail[s + 1] = 0; pending[s + 1] = 0 };
    atomic { laidOut[s + 1] = true; hasNext = true }
}

inline change_segment() {
#if MUTANT != 3
    first[s + 1] = ordinal;
#endif
    d_step { assert(at + LINK_LENGTH <= ROOM); WORD(s, at) = LINK };
#if MUTANT == 2
    d_step { tail[s] = at + LINK_LENGTH; reached = s + 1 };
    WORD(s, at + 1) = s + 1;
#else
    WORD(s, at + 1) = s + 1;
    d_step { tail[s] = at + LINK_LENGTH; reached = s + 1 };
#endif
#if MUTANT == 3
    first[s + 1] = ordinal;
#endif
    atomic { s++; at = 0; hasNext = false }
}

proctype Writer(byte me) {
    byte s, at, ordinal, n, value, length;
    bool hasNext, claims, owns;
    turn == me;
    {
        open_last();
        assert(pending[s] == 0);
        do
        :: atomic { n == RECORDS -> break }
        :: atomic { n < RECORDS ->
                n++;
                value = me * RECORDS + n;
                if :: length = 2 :: length = 3 fi;
                if :: true :: me == 0 -> claims = true; owns = true :: me == 0 -> claims = true fi
            };
            if
            :: hasNext
            :: else -> set_next()
            fi;
            if
            :: length <= ROOM - KEPT - at
            :: else -> change_segment()
            fi;
            d_step { assert(at + length <= ROOM); WORD(s, at) = length };
#if MUTANT == 1
            if
            :: claims
            :: else -> commit(length); at = at - length
            fi;
#endif
            WORD(s, at + 1) = value;
            if
            :: length == 3 -> WORD(s, at + 2) = value
            :: else
            fi;
#if MUTANT == 1
            if
            :: claims
            :: else -> at = at + length
            fi;
#endif
            if
            :: claims ->
                pending[s] = at + length;
                if
                :: owns -> commit(length)
                :: else
                fi;
                pending[s] = 0
#if MUTANT == 1
            :: else
#else
            :: else -> commit(length)
#endif
            fi;
            atomic {
                if
                :: !claims || owns -> appended = value
                :: else
                fi;
                value = 0; length = 0; claims = false; owns = false
            }
        od
    } unless { gone[me] };
    atomic { dead[me] = true; s = 0; at = 0; ordinal = 0; n = 0; value = 0; length = 0; hasNext = false; claims = false; owns = false }
}

proctype Broker() {
    byte s, at, ordinal, value;
    do
    :: turn < 2 && dead[turn] ->
        open_last();
        d_step {
            if :: MUTANT == 7 -> s = 0; at = tail[0] :: else fi;
            if
            :: pending[s] > at ->
                assert(pending[s] <= ROOM - KEPT && WORD(s, at) == pending[s] - at);
                value = WORD(s, at + 1)
            :: else -> assert(pending[s] == 0 || pending[s] == at)
            fi
        };
        if
        :: value != 0 -> commit(pending[s] - at)
        :: else
        fi;
        pending[s] = 0;
        open_last();
        d_step {
            assert(appended == 0 || said[0] == appended || said[1] == appended || said[2] == appended || said[3] == appended);
            s = 0; at = 0; ordinal = 0; value = 0
        };
        turn++
    :: turn == 2 -> break
    od
}

proctype Reader() {
    byte s, at, ordinal, end, length, value, again;
    atomic {
        if
        :: s = 0
        :: s = reached
        fi;
        assert(laidOut[s]);
        ordinal = first[s]
    };
    do
#if MUTANT == 6
    :: atomic { WORD(s, at) != 0 -> end = ROOM }
#else
    :: atomic { tail[s] != at -> end = tail[s]; assert(end > at) }
#endif
read:
        length = WORD(s, at);
        if
        :: length == LINK ->
            value = WORD(s, at + 1);
            d_step { assert(value == s + 1 && at + LINK_LENGTH <= end); s = value; at = 0; value = 0 };
            assert(laidOut[s] && first[s] == ordinal);
#if MUTANT == 5
            end = ROOM;
            goto read
#endif
        :: else ->
            assert((length == 2 || length == 3) && at + length <= end);
            value = WORD(s, at + 1);
            if
            :: length == 3 -> again = WORD(s, at + 2)
            :: else -> again = value
            fi;
            d_step {
                assert(ordinal < committed && value == said[ordinal] && again == value);
                ordinal++;
                at = at + length;
                value = 0;
                again = 0
            }
        fi;
        d_step { end = 0; length = 0 }
    :: turn == 2 && tail[s] == at -> break
    od;
    assert(ordinal == committed)
}

proctype Killer() {
end:
    do
    :: atomic { turn == 0 && !dead[0] && !gone[0] -> gone[0] = true }
    :: atomic { turn == 1 && !dead[1] && !gone[1] -> gone[1] = true }
    od
}

init { laidOut[0] = true; atomic { run Writer(0); run Writer(1); run Broker(); run Reader(); run Killer() } }

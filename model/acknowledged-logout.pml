/*
 * Curfew: the confirmed sign-out, as a Promela model of docs/protocol.md (rules D*, L*, F*, V*, S*, R*).  ./check runs everything.
 *
 * One step after another; any step that is enabled may be the next one, or never come.  So every message can be delayed,
 * lost or delivered twice (a request goes back to ASKED), every machine can pause for as long as it likes between any two
 * steps, nodes crash, verifiers restart, and each delivery of a request reaches any node (a plain load balancer).
 * Time passes in ticks.  Nobody compares the clocks of two machines: there are only timers that run down, each in its
 * owner's clock; an instant "read before sending" is a timer that was started at the sending.
 *
 * Entries other than those of the NL sign-outs are left out: to a sign-out of entry N all positions below N are the same,
 * and so are all from N on, and the rules only compare and take maxima.  So NL=1 stands for a ledger of any length.
 *
 * Each broken variant ("mutant") is a name that is defined, -DREADBEFORE and so on; ./check lists them by rule.
 */
#ifndef NN
#define NN 2            /* nodes */
#endif
#ifndef NV
#define NV 1            /* verifiers */
#endif
#ifndef NI
#define NI 1            /* 2: verifiers restart or shut down, each time as a new instance with a new id */
#endif
#ifndef NS
#define NS 2            /* requests of one verifier under way at once: abandoned ones, or two followed nodes */
#endif
#ifndef NL
#define NL 1            /* sign-outs; sign-out l writes entry l+1 */
#endif
#ifndef D
#define D 2             /* the verifier's lease, in ticks */
#endif
#ifndef S
#define S 0             /* slack: how much longer than D the issuer's side counts */
#endif
#ifndef SKEW
#define SKEW 3          /* DRIFT: a clock that lost a tick loses no other one in the next SKEW ticks */
#endif
#ifndef HOLD
#define HOLD 1          /* LIVE: how long a node holds a request */
#endif
#ifndef PATIENCE
#define PATIENCE 2      /* LIVE: how long a verifier waits for an answer before it asks again */
#endif

#define say printf
#define IF(c)       if :: c ->
#define FI          :: else fi
#define FOR(i,n)    i=0; do :: i<(n) ->
#define NEXT(i)     ; i++ :: else -> i=0; break od; skip
#define MAX(a,b)    ((a)>(b) -> (a) : (b))
#define BITS(a,b)   ((b)>(a) -> (((1<<(b))-1) & ~((1<<(a))-1)) : 0)      /* the set of the entries after a, up to b */

#define FREE     0
#define ASKED    1      /* on its way to some node */
#define READ     2      /* mutant READBEFORE: the ledger was read, the row is not written yet */
#define WRITTEN  3      /* F1: the row of its verifier is committed */
#define GRANTED  4      /* F2: the ledger was read since; the answer may leave from here on */
#define ANSWERED 5      /* the answer is on its way */
#define HALF     6      /* mutants: received and half worked in */
typedef Request  { unsigned st:3; unsigned to:1; unsigned ins:1; unsigned after:2; unsigned upto:2; unsigned ev:2;
                   unsigned left:3;       /* the lease that its answer would give now: D at the sending, then running down */
                   unsigned snap:1; unsigned small:1 };
typedef Verifier { unsigned ins:1; unsigned seq:2; unsigned has:2;
                   unsigned lease:3;      /* what is left of it */
                   unsigned skew:3; unsigned chk:1; unsigned next:1; unsigned hurry:1;
                   unsigned off:1 };      /* V9: it met a sort that it does not know */
typedef Node     { unsigned seq:2; unsigned has:2 };
typedef Row      { unsigned ex:1; unsigned ack:2;
                   unsigned looked:3;      /* L4: 0: its present beat was not seen by the janitor; else 1 + what is left to wait */
                   unsigned early:1; unsigned doomed:1;
                   unsigned rel:1;        /* a release is on its way */
                   unsigned pend:2 };     /* the sign-outs that wait for this row */
Request  rq[NV*NS];
Verifier vf[NV];
Node     nd[NN];
Row      row[NV*NI];          /* the table verifiers: one row per instance of a verifier */
unsigned head : 2;            /* the highest number in the ledger */
unsigned inledger : 2;
unsigned quar : 3;            /* R1: no confirmation before it has run down */
#define COMMITTED 1
#define WAITING   2
#define CONFIRMED 3
#define ENDEDONLY 4
#define EARLY     5
#ifdef WAITEARLY
#define BEGUN EARLY
#else
#define BEGUN 0
#endif
byte     lg[NL];
byte     wait[NL];
byte i, j, K, ticks;
#ifdef INTROSPECT             /* V5: one question of verifier 0 about a token of the session that sign-out 0 ends */
unsigned qst : 2;             /* 1: to be sent; 2: under way to the issuer; 3: the issuer found the session alive, the answer is under way */
unsigned qleft : 2;           /* P, from the sending */
bit qlate;                    /* a request waits for it that began after "confirmed" */
unsigned over : 2;            /* ticks since "confirmed" */
#endif
#ifdef CLEAN                  /* R1: the clean stop of the single process (with MEMORY) */
typedef Saved { unsigned ex:1; unsigned ack:2 };
Saved file[NV*NI];            /* the rows, as written in the file */
bit clean;                    /* in the file */
unsigned stop : 2;            /* 1: takes no request to follow any more; 2: has written the rows */
bit once;                     /* HEALTHY: one restart */
#endif
#ifdef LIVE
bit calm; bit dead[NN]; bit go; bit had; byte age; byte vage;
#define CALM calm
#define ALIVE(n) (!dead[n])
#else
#define CALM false
#define ALIVE(n) true
#endif
#ifdef GAPS
#define NODEHAS(n) nd[n].has
#else
#define NODEHAS(n) BITS(0,nd[n].seq)
#endif
#ifdef PERNODE          /* each node has a row of its own for the verifier; NI is NN, nobody restarts */
#define ROW(v,s) ((v)*NI+(s))
#define RR ROW(v,n)
#else
#define RR ROW(v,rq[q].ins)
#endif
#if defined(PERNODE)
#elif defined(SAMEID)   /* two processes under one configured id */
#define ROW(v,s) 0
#else
#define ROW(v,s) ((v)*NI+(s))
#endif
#if NL==1
#define OPEN (lg[0]!=CONFIRMED)
#else
#define OPEN (lg[0]!=CONFIRMED || lg[1]!=CONFIRMED)
#endif

#if defined(LOWER) || defined(PAUSE)
/* D3: LOWER: the lease is D, and is lowered to D-1 at some time; the wait follows later.  PAUSE (D4): it is D-1, is raised to D and
 * lowered again, as often as you like */
unsigned low : 2; unsigned lowleft : 3;
bit lowseen;                  /* mutant OLDWATCH */
#ifdef PAUSE
#define DNOW (low==0 -> D-1 : D)
#define SETSMALL(q) rq[q].small=(low==1 -> 0 : 1)
#define SETTLED 0
#else
#define DNOW (low==2 -> D-1 : D)
#define SETSMALL(q) rq[q].small=(low>0 -> 1 : 0)
#define SETTLED 2
#endif
#define GIVES(q) (rq[q].left>rq[q].small -> rq[q].left-rq[q].small : 0)
#ifdef LOWERATONCE
#define LOWERED true
#else
#define LOWERED (lowleft==0)
#endif
#elif defined(RAISE)          /* D3: the lease is D-1, and is raised to D at some time */
bit raised;
#define DNOW (raised -> D : D-1)
#define SETSMALL(q) rq[q].small=1-raised
#define GIVES(q) (rq[q].left>rq[q].small -> rq[q].left-rq[q].small : 0)
#else
#define DNOW D
#define SETSMALL(q) skip
#define GIVES(q) rq[q].left
#endif
inline zreq(q) { rq[q].st=FREE; rq[q].to=0; rq[q].ins=0; rq[q].after=0; rq[q].upto=0; rq[q].ev=0; rq[q].left=0; rq[q].snap=0; rq[q].small=0 }
inline zrow(r) { row[r].ex=0; row[r].ack=0; row[r].looked=0; row[r].early=0; row[r].doomed=0; row[r].pend=0; row[r].rel=0 }

/* ---------------------------------------------------------------------------------------------------------- time */
inline tick() {
  atomic {
    ticks=1;
#ifdef DRIFT                  /* the clock of verifier 0 may lose a tick now and then */
    if :: vf[0].skew==0 -> ticks=0; vf[0].skew=SKEW+1 :: true fi;
#endif
#ifdef VSLEEP                 /* ... or stand still as long as it likes */
    if :: ticks=0 :: true fi;
#endif
    d_step {
      if :: ticks -> say("tick\n") :: else -> say("tick, but not on the clock of verifier 0\n") fi;
      FOR(i,NV*NS)
        IF(ticks || i>=NS)
#ifdef VERLATE
          IF(CALM && rq[i].left>0) rq[i].left-- FI
#else
          IF(rq[i].left>0) rq[i].left-- FI
#endif
        FI
      NEXT(i);
      FOR(i,NV)
        IF((ticks || i>0) && vf[i].lease>0) vf[i].lease-- FI;
        IF(vf[i].skew>0) vf[i].skew-- FI
      NEXT(i);
      FOR(i,NV*NI) IF(row[i].looked>1) row[i].looked-- FI NEXT(i);
      FOR(i,NL) IF(wait[i]>0) wait[i]-- FI NEXT(i);
      IF(quar>0) quar-- FI;
#if defined(LOWER) || defined(PAUSE)
      IF(lowleft>0) lowleft-- FI;
#endif
#ifdef INTROSPECT
      IF(qleft>0) qleft-- FI;
      IF(lg[0]==CONFIRMED && over<3) over++ FI;
#endif
#ifdef LIVE
      IF(calm && lg[0]>0 && lg[0]<CONFIRMED) age++; say("sign-out waited %d\n",age); assert(age<=LOGOUT_BY) FI;
      IF(calm)
        if :: vf[0].lease==0 -> vage++; assert(!had); say("no lease for %d\n",vage); assert(vage<=VERIFIER_BY) :: else -> vage=0 fi
      FI;
#endif
      ticks=0
    }
#ifdef LIVE
    if :: go=1 :: true fi
#endif
  }
}

/* ------------------------------------------------------------------------------------------------------- sign-out */
inline readrows(l) {          /* S2: the rows that have not acknowledged it, and the clock after that */
  FOR(i,NV*NI) IF(row[i].ex && row[i].ack<=l) row[i].pend=row[i].pend|(1<<l) FI NEXT(i)
}
#define NOBODY(l) (!((row[0].pend | row[NV*NI-1].pend | row[NV*NI/2].pend | row[(NV*NI)/4].pend) & (1<<(l))))
#ifdef LIVE
#define GO (!calm || go)
#else
#define GO true
#endif
#ifdef SHORTWAIT
#define WAIT (D-1)
#else
#define WAIT (DNOW+S)
#endif
inline settle() {             /* a row that nobody waits for, and nobody can come to wait for, plays no part */
  IF(!OPEN && !CALM) FOR(i,NV*NI) zrow(i) NEXT(i); quar=0; wait[0]=0; wait[NL-1]=0;
#ifdef CLEAN
    FOR(i,NV*NI) file[i].ex=0; file[i].ack=0 NEXT(i); clean=0; stop=0;
#endif
#if defined(LOWER) || defined(PAUSE)
    low=SETTLED; lowleft=0; lowseen=0
#endif
  FI
}
inline logout(l) {
  if
#ifdef READFIRST
  :: d_step { lg[l]==0 -> lg[l]=COMMITTED; say("sign-out %d reads the rows\n",l); readrows(l); wait[l]=WAIT }
  :: d_step { lg[l]==COMMITTED -> lg[l]=WAITING; head=MAX(head,l+1); inledger=inledger|(1<<l); say("sign-out %d commits entry %d\n",l,l+1) }
#else
#ifdef TWOTX                  /* the session's row first, the entry in a second transaction */
  :: d_step { lg[l]==0 -> lg[l]=ENDEDONLY; say("sign-out %d marks the session as ended, and its node dies\n",l) }
  :: d_step { lg[l]==ENDEDONLY -> lg[l]=CONFIRMED; say("sign-out %d, called once more: ended, and no entry to wait for: CONFIRMED\n",l) }
#endif
#ifdef WAITEARLY
  :: d_step { lg[l]==0 -> lg[l]=EARLY; wait[l]=WAIT; say("sign-out %d reads its clock and begins its transaction\n",l) }
#endif
  :: d_step { lg[l]==BEGUN && GO && (l==0 || lg[(l>0 -> l-1 : 0)]>0) -> lg[l]=COMMITTED; head=MAX(head,l+1); inledger=inledger|(1<<l);
       say("sign-out %d commits entry %d\n",l,l+1) }                                                          /* L1, S1 */
#ifdef NOWAIT
  :: d_step { lg[l]==COMMITTED -> lg[l]=CONFIRMED; say("sign-out %d, called once more: CONFIRMED, since the session has ended already\n",l) }
#endif
  :: d_step { lg[l]==COMMITTED -> lg[l]=WAITING; readrows(l); say("sign-out %d reads the rows\n",l);
#ifndef WAITEARLY
       wait[l]=WAIT
#endif
     }
#ifndef WAITEARLY
  :: d_step { lg[l]==WAITING && !CALM -> lg[l]=COMMITTED; FOR(i,NV*NI) row[i].pend=row[i].pend&~(1<<l) NEXT(i); wait[l]=0;
       say("sign-out %d: its node dies; it is called once more\n",l) }                                            /* S3 */
#endif
#endif
  :: d_step { lg[l]==WAITING && quar==0 && (NOBODY(l) || wait[l]==0) -> lg[l]=CONFIRMED; FOR(i,NV*NI) row[i].pend=row[i].pend&~(1<<l) NEXT(i);
       wait[l]=0; say("sign-out %d: CONFIRMED\n",l); settle() }
  fi
}
#ifdef GAPS
inline otherlogout() { d_step { head==0 -> head=1; say("another sign-out takes number 2 and commits first\n") } }
#endif
inline lose() {               /* the table of verifiers is lost (R1) */
  FOR(i,NV*NI) zrow(i) NEXT(i);
#ifndef NOQUAR
#if defined(PAUSE) && !defined(RESTORE)
  quar=DNOW+S;                /* R1: as stored */
#else
  quar=D+S;                   /* R2: the longest that may have been given */
#endif
#endif
#ifdef SHORTQUAR
  quar=D-1;
#endif
  skip
}

#ifdef CLEAN
inline start() {              /* R1: it got the lock */
  stop=0;
  if :: clean -> FOR(i,NV*NI) zrow(i); row[i].ex=file[i].ex; row[i].ack=file[i].ack; IF(file[i].ex) row[i].looked=WAIT+1 FI NEXT(i); quar=0;
          say("it starts clean, with the rows as written\n")
     :: else -> lose(); say("it starts, and must wait\n")
  fi;
  FOR(i,NV*NI) IF(!clean) file[i].ex=0; file[i].ack=0 FI NEXT(i)
}
#ifdef CLEANQUAR
#define CLEANIF 1
#else
#define CLEANIF (quar==0)
#endif
#ifdef HEALTHY
#define MAYSTOP (!once)
#else
#define MAYSTOP (!CALM)
#endif
#if defined(CLEANGRANT)
#define FOLLOWS (stop>0 || !clean)
#elif defined(CLEANLATE)
#define FOLLOWS (stop==0)
#else
#define FOLLOWS (stop==0 && !clean)
#endif
#else
#define FOLLOWS true
#endif

/* -------------------------------------------------------------------------------------------- database: row number r */
inline beat(r,x) {
  if :: !row[r].ex -> row[r].ex=1; row[r].ack=x;
#ifdef BEATONE
        K=1
#endif
#ifdef ACKSET
     :: else -> row[r].ack=x
#else
     :: else -> row[r].ack=MAX(row[r].ack,x)
#endif
  fi;
#ifdef BEATONE                /* a row that is made anew begins at beat 1 again, which a janitor may have seen long ago */
  IF(K==0) row[r].looked=0; row[r].doomed=0 FI; K=0;
#elif !defined(NOBEAT)
  IF(!row[r].early) row[r].looked=0 FI;
#ifndef DELETEBLIND
  row[r].doomed=0;
#endif
#endif
  FOR(i,NL) IF(row[r].ack>i) row[r].pend=row[r].pend&~(1<<i) FI NEXT(i);
  settle()
}
inline janitor(r) {           /* L4 */
  if
#ifdef JUDGEEARLY
  :: d_step { row[r].ex && OPEN && row[r].looked==0 && !row[r].early -> row[r].looked=DNOW+S+1; row[r].early=1; say("the janitor reads its clock and sends its query\n") }
  :: d_step { row[r].early -> row[r].early=0; say("the janitor sees the beat\n") }
#else
  :: d_step { row[r].ex && OPEN && row[r].looked==0 -> row[r].looked=DNOW+S+1; say("the janitor sees the beat of row %d, then reads its clock\n",r) }
#endif
  :: d_step { row[r].ex && row[r].looked==1 && !row[r].early && !row[r].doomed -> row[r].doomed=1; say("the janitor has seen no other beat of row %d for long enough\n",r) }
  :: d_step { row[r].doomed -> zrow(r); say("row %d is deleted\n",r);
#ifdef BEATONE
       row[r].looked=1
#endif
     }
#ifdef DBCLOCK                /* the row has lease_until, judged by the database's wall clock, which leaps */
  :: d_step { row[r].ex -> zrow(r); say("the database's clock leaps; row %d is deleted\n",r) }
#endif
  :: d_step { row[r].rel -> zrow(r); say("the release arrives; row %d is deleted\n",r) }                           /* F6 */
  fi
}

/* --------------------------------------------------------------------------------------------------------- node n */
inline node(n) {
  if
  :: d_step { ALIVE(n) && nd[n].seq<head -> nd[n].seq=head; nd[n].has=nd[n].has|inledger; say("node %d reads up to %d\n",n,head) }   /* L3 */
  :: d_step { !CALM && (nd[n].seq>0
#ifdef MEMORY
       || true
#endif
       ) -> say("node %d crashes and starts again\n",n); nd[n].seq=0; nd[n].has=0;
       FOR(i,NV*NS) IF(rq[i].st>=READ && rq[i].st<=GRANTED && rq[i].to==n) rq[i].st=ASKED; rq[i].to=0 FI NEXT(i);
#ifdef MEMORY                 /* R1: the single process, whose rows are in its memory */
       FOR(i,NL) IF(lg[i]==WAITING) lg[i]=COMMITTED; wait[i]=0 FI NEXT(i);
#ifdef CLEAN
       IF(OPEN) start() FI
#else
       IF(OPEN) lose() FI
#endif
#endif
     }
#ifdef CLEAN
  :: d_step { stop==0 && !clean && OPEN && MAYSTOP -> stop=1; once=CALM; say("the process is to stop: it takes no request to follow any more\n") }
  :: d_step { stop==1 -> stop=2; FOR(i,NV*NI) file[i].ex=row[i].ex; file[i].ack=row[i].ack NEXT(i);
       clean=CLEANIF; say("the process writes its rows, and clean:%d\n",clean) }
  :: d_step { stop==2 -> say("the process closes; the next one starts\n"); nd[n].seq=0; nd[n].has=0;
       FOR(i,NV*NS) IF(rq[i].st>=READ && rq[i].st<=GRANTED) rq[i].st=ASKED; rq[i].to=0 FI NEXT(i);
       FOR(i,NL) IF(lg[i]==WAITING) lg[i]=COMMITTED; wait[i]=0 FI NEXT(i);
       start() }
  :: d_step { stop==0 && clean -> clean=0; say("the process writes clean:0\n") }
#endif
  fi
}

/* -------------------------------------------------------------------------------------------- request q, of verifier v */
#ifdef NOWAKE
#define NEWS(q) false
#else
#define NEWS(q) (nd[rq[q].to].seq>rq[q].after)
#endif
#if defined(LIVE)
#define MAYANSWER (!calm || NEWS(q) || vf[v].hurry || vf[v].lease==0 || rq[q].left<=D-HOLD)       /* F4 */
#define ARRIVES(n) (rq[q].st==ASKED && FOLLOWS && ALIVE(n) && (!calm || rq[q].to==n))
#else
#define MAYANSWER true
#define ARRIVES(n) (rq[q].st==ASKED && FOLLOWS)
#endif
inline write(q,v,n) {
#ifdef NOROW
  skip;
#else
  beat(RR,rq[q].after);
#endif
#ifndef LEASEATF2
  SETSMALL(q);
#endif
  rq[q].st=WRITTEN; rq[q].to=n; say("node %d commits the row of verifier %d, acked %d\n",n,v,row[RR].ack)
}
inline request(q,v) {
  if
#ifdef READBEFORE
  :: d_step { rq[q].st==READ -> K=rq[q].to; beat(RR,rq[q].after); rq[q].st=GRANTED; say("node %d commits the row of verifier %d\n",K,v); K=0 }
  :: d_step { ARRIVES(0) -> rq[q].st=READ; rq[q].to=0; nd[0].seq=head; say("node 0 gets the request of verifier %d and reads the ledger up to %d\n",v,head) }
#else
  :: d_step { ARRIVES(0) -> write(q,v,0) }                                                                       /* F1 */
#if NN>1
  :: d_step { ARRIVES(1) -> write(q,v,1) }
#endif
#endif
#ifdef NOREAD
  :: d_step { rq[q].st==WRITTEN -> rq[q].st=GRANTED; say("node %d goes by the copy that it has, at %d\n",rq[q].to,nd[rq[q].to].seq) }
#else
  :: d_step { rq[q].st==WRITTEN -> rq[q].st=GRANTED; nd[rq[q].to].seq=head; nd[rq[q].to].has=nd[rq[q].to].has|inledger;
#ifdef LEASEATF2
       SETSMALL(q);
#endif
       say("node %d reads up to %d\n",rq[q].to,head) }                                                           /* F2 */
#endif
  :: d_step { rq[q].st==GRANTED && MAYANSWER -> rq[q].st=ANSWERED; rq[q].upto=nd[rq[q].to].seq;
       rq[q].ev=NODEHAS(rq[q].to)&BITS(rq[q].after,rq[q].upto);
       say("node %d answers verifier %d: up to %d, lease %d\n",rq[q].to,v,rq[q].upto,GIVES(q));                 /* F3 */
#ifdef ACKONSEND
       beat(RR,rq[q].upto);
#endif
       rq[q].to=0 }
#ifdef PAGED                  /* mutant of F5: a page that ends before what was read has a lease */
  :: d_step { rq[q].st==GRANTED && nd[rq[q].to].seq>rq[q].after -> rq[q].st=ANSWERED; rq[q].upto=rq[q].after; rq[q].to=0;
       say("node answers verifier %d with a page up to %d, lease %d\n",v,rq[q].upto,rq[q].left) }
#endif
#ifdef PAGES                  /* F5: a page, from any node at any time, without a lease */
  :: d_step { rq[q].st==ASKED && nd[0].seq>rq[q].after -> rq[q].st=ANSWERED; rq[q].upto=rq[q].after+1; rq[q].ev=BITS(rq[q].after,rq[q].upto); rq[q].left=0;
       say("node 0 answers verifier %d with a page up to %d, no lease\n",v,rq[q].upto) }
#endif
  :: d_step { !CALM && rq[q].st>=WRITTEN && rq[q].st<=ANSWERED -> rq[q].st=ASKED; rq[q].to=0; rq[q].upto=0; rq[q].ev=0; say("the request of verifier %d is delivered once more\n",v) }
  :: d_step { !CALM && rq[q].st!=FREE -> zreq(q) }                                                               /* lost */
  fi
}

/* ------------------------------------------------------------------------------------------------------ verifier v */
inline ask(v,q,s) {
  rq[q].st=ASKED; rq[q].ins=vf[v].ins; rq[q].after=(s -> 0 : vf[v].seq); rq[q].snap=s; rq[q].left=D;
#ifdef LIVE
  IF(calm) rq[q].snap=1; IF(NN>1) rq[q].to=vf[v].next; vf[v].next=1-vf[v].next FI FI;
#endif
  say("verifier %d asks what comes after %d\n",v,rq[q].after)
}
inline apply(v,q) {
#ifdef REPLACE
  IF(rq[q].snap) vf[v].has=0; vf[v].seq=0 FI;
#endif
#ifdef LIVE
  IF(calm && rq[q].snap) had=1 FI; vf[v].hurry=0;
#endif
  vf[v].has=vf[v].has|rq[q].ev; vf[v].seq=MAX(vf[v].seq,rq[q].upto)                                              /* V3 */
}
#ifdef LIVE
#if NS>1
#define MAYASK(v) (!calm || (rq[(v)*NS].st==FREE && rq[(v)*NS+1].st==FREE))
#else
#define MAYASK(v) true
#endif
#else
#define MAYASK(v) true
#endif
#ifdef NEWSORT                /* V9: no verifier knows the sort of the last entry */
#define TELLS(q) (rq[q].st==ANSWERED && rq[q].ins==vf[v].ins && !vf[v].off)
#define NEW (1<<(NL-1))
#define TAKES(q) (TELLS(q) && (rq[q].ev&NEW)==0)
#define ASKS(v) (MAYASK(v) && !vf[v].off)
#else
#define TAKES(q) (rq[q].st==ANSWERED && rq[q].ins==vf[v].ins)
#define ASKS(v) MAYASK(v)
#endif
inline take(v,q) {
  if
  :: d_step { rq[q].st==FREE && ASKS(v) -> ask(v,q,0) }                                                          /* V3, V8 */
#ifdef NEWSORT
#ifdef UNKNOWNSORT
  :: d_step { TELLS(q) && (rq[q].ev&NEW) -> rq[q].ev=rq[q].ev&~NEW; say("verifier %d skips an entry of a sort that it does not know\n",v) }
#else
  :: d_step { TELLS(q) && (rq[q].ev&NEW) -> vf[v].has=0; vf[v].seq=0; vf[v].lease=0; zreq(q);
#ifndef KEEPID
       vf[v].off=1;
#endif
       say("verifier %d meets a sort that it does not know: gives up its copy and its lease\n",v) }
#endif
#endif
#ifdef REPLACE                /* without a lease it takes a snapshot in place of what it has */
  :: d_step { rq[q].st==FREE && vf[v].lease==0 -> ask(v,q,1) }
#endif
#if defined(LEASEFIRST)
  :: d_step { TAKES(q) -> vf[v].lease=MAX(vf[v].lease,GIVES(q)); rq[q].st=HALF; say("verifier %d has a lease of %d, will apply soon\n",v,vf[v].lease) }
  :: d_step { rq[q].st==HALF -> apply(v,q); zreq(q) }
#elif defined(ACKEARLY)
  :: d_step { TAKES(q) -> vf[v].seq=MAX(vf[v].seq,rq[q].upto); rq[q].st=HALF; say("verifier %d has received up to %d, will apply soon\n",v,vf[v].seq) }
  :: d_step { rq[q].st==HALF -> apply(v,q); vf[v].lease=MAX(vf[v].lease,GIVES(q)); zreq(q) }
#elif defined(UNMATCHED)      /* times the answer by the request that it sent last */
  :: d_step { TAKES(q) -> K=rq[q].left; FOR(i,NS) IF(rq[v*NS+i].st!=FREE) K=MAX(K,rq[v*NS+i].left) FI NEXT(i);
       apply(v,q); vf[v].lease=MAX(vf[v].lease,K); K=0; say("verifier %d has applied up to %d, lease %d\n",v,vf[v].seq,vf[v].lease); zreq(q) }
#else
  :: d_step { TAKES(q) -> apply(v,q); vf[v].lease=MAX(vf[v].lease,GIVES(q));
       say("verifier %d has applied up to %d, lease %d\n",v,vf[v].seq,vf[v].lease); zreq(q) }                    /* V3, V4 */
#endif
#ifdef LIVE
  :: d_step { calm && rq[q].st!=FREE && (rq[q].left<=D-PATIENCE || rq[q].ins!=vf[v].ins) -> say("verifier %d gives up waiting\n",v);
#ifndef NOHURRY
       vf[v].hurry=1;
#endif
       zreq(q) }
#endif
  fi
}
inline verifier(v) {
  if
#if NI>1 && !defined(PERNODE)
  :: atomic { !CALM && (vf[v].seq>0 || vf[v].lease>0 || vf[v].off || rq[v*NS].st!=FREE) ->
      d_step { K=0; IF(row[ROW(v,1-vf[v].ins)].ex) K=1 FI;
        FOR(i,NS) IF(rq[v*NS+i].st!=FREE && rq[v*NS+i].ins!=vf[v].ins) K=1 FI NEXT(i) }
      if :: d_step { K==0 -> vf[v].ins=1-vf[v].ins; vf[v].seq=0; vf[v].has=0; vf[v].lease=0; vf[v].off=0; vf[v].chk=0; say("verifier %d dies and starts again, with a new id\n",v) }
         :: d_step { K==0 && row[ROW(v,vf[v].ins)].ex -> row[ROW(v,vf[v].ins)].rel=1; vf[v].ins=1-vf[v].ins; vf[v].seq=0; vf[v].has=0; vf[v].lease=0; vf[v].off=0; vf[v].chk=0;
              say("verifier %d gives its lease up, sends its release, and starts again with a new id\n",v) }            /* V7 */
         :: d_step { K==1 -> K=0 }
      fi;
      K=0 }
#endif
#ifdef RELEASELIVE
  :: d_step { row[ROW(v,0)].ex && row[ROW(v,0)].rel==0 -> row[ROW(v,0)].rel=1; say("verifier %d sends a release, and goes on\n",v) }
#endif
#ifdef SETFIRST               /* looks into its set; awaits something; looks at its lease */
  :: d_step { lg[0]==CONFIRMED && (vf[v].has&1)==0 && vf[v].chk==0 -> vf[v].chk=1; say("verifier %d receives a request and looks into its set: the session is not in it\n",v) }
#endif
#ifdef CLOCKFIRST             /* looks at its lease; pauses; looks into its set */
  :: d_step { vf[v].lease>0 && vf[v].chk==0 -> vf[v].chk=1; say("verifier %d looks at its lease: it holds\n",v) }
#endif
  :: false
  fi
}
/* ---------------------------------------------------------------------------------------------- what must never be */
#if defined(SETFIRST)
#define ACCEPTS(l,v) (lg[l]==CONFIRMED && vf[v].lease>0 && vf[v].chk)
#elif defined(CLOCKFIRST)
#define ACCEPTS(l,v) (lg[l]==CONFIRMED && vf[v].chk && (vf[v].has&(1<<l))==0)
#elif defined(FAILOPEN)
#define ACCEPTS(l,v) (lg[l]==CONFIRMED && (vf[v].has&(1<<l))==0)
#else
#define ACCEPTS(l,v) (lg[l]==CONFIRMED && vf[v].lease>0 && (vf[v].has&(1<<l))==0)                            /* V1, V5 */
#endif
inline watch(l) {
  if
  :: ACCEPTS(l,0) -> say("verifier 0 ACCEPTS a token of the session that sign-out %d has ended\n",l); assert(false)
#if NV>1
  :: ACCEPTS(l,1) -> say("verifier 1 ACCEPTS a token of the session that sign-out %d has ended\n",l); assert(false)
#endif
  fi
}

#ifdef INTROSPECT
#ifdef SHAREDASK
#define JOINS (qst>0)
#else
#define JOINS (qst==1)
#endif
#ifdef LATEASK
#define INPATIENCE true
#else
#define INPATIENCE (qleft>0)
#endif
inline zask() { qst=0; qleft=0; qlate=0 }
inline introspect() {         /* V5 */
  if
  :: d_step { qst==0 && vf[0].lease==0 -> qst=1; qlate=(lg[0]==CONFIRMED); say("verifier 0 has no lease, receives a request, and will ask\n") }
  :: d_step { JOINS && vf[0].lease==0 && !qlate && lg[0]==CONFIRMED -> qlate=1; say("verifier 0 receives one more request, which waits for the same answer\n") }
  :: d_step { qst==1 -> qst=2; qleft=PATIENCE; say("verifier 0 sends the question\n") }
  :: d_step { qst==2 && (inledger&1)==0 -> qst=3; say("the issuer finds the session alive\n") }
  :: d_step { qst==2 && (inledger&1) -> zask(); say("the issuer finds the session ended\n") }
  :: d_step { qst==3 && INPATIENCE -> IF(lg[0]==CONFIRMED) say("verifier 0 ACCEPTS by the issuer's answer\n"); assert(!qlate); assert(over<PATIENCE) FI; zask() }
  :: d_step { qst>1 && !(INPATIENCE) -> zask(); say("too late: 503\n") }
  fi
}
#endif

inline step() {
  if
  :: watch(0)
  :: logout(0)
  :: janitor(0)
  :: node(0)
  :: request(0,0)
  :: take(0,0)
#if NS>1
  :: request(1,0)
  :: take(0,1)
#endif
#if NS>2
  :: request(2,0)
  :: take(0,2)
#endif
#if NI>1 || defined(RELEASELIVE) || defined(SETFIRST) || defined(CLOCKFIRST)
  :: verifier(0)
#endif
#if NV*NI>1
  :: janitor(1)
#endif
#if NV*NI>2
  :: janitor(2)
  :: janitor(3)
#endif
#if NN>1
  :: node(1)
#endif
#if NV>1
  :: request(NS,1)
  :: take(1,NS)
#if NS>1
  :: request(NS+1,1)
  :: take(1,NS+1)
#endif
#if NI>1
  :: verifier(1)
#endif
#endif
#if NL>1
  :: logout(1)
  :: watch(1)
#endif
#ifdef RESTORE                /* R2: a restored database, whose table of verifiers knows nobody */
  :: d_step { OPEN && (row[0].ex || row[NV*NI-1].ex) -> say("the table of verifiers is lost\n"); lose() }
#endif
#ifdef GAPS
  :: otherlogout()
#endif
#ifdef INTROSPECT
  :: introspect()
#endif
#ifdef LOWER
  :: d_step { low==0 -> low=1; lowleft=D+S; say("the lease is lowered from %d to %d\n",D,D-1) }
  :: d_step { low==1 && LOWERED -> low=2; lowleft=0; say("the wait is lowered, too\n") }
#endif
#ifdef PAUSE
  :: d_step { low==0 && OPEN -> low=1; say("the lease is raised from %d to %d, and the wait with it\n",D-1,D) }
  :: d_step { low==1 && OPEN -> low=2; say("the lease is lowered from %d to %d\n",D,D-1);
#ifdef OLDWATCH
       IF(lowseen==0) lowleft=D+S FI; lowseen=1
#else
       lowleft=D+S
#endif
     }
  :: d_step { low==2 && OPEN -> low=1; say("the lease is raised once more\n");
#ifndef OLDWATCH
       lowleft=0
#endif
     }
  :: d_step { low==2 && LOWERED -> low=0; lowleft=0; lowseen=0; say("the wait is lowered, too\n") }
#endif
#ifdef RAISE
  :: d_step { raised==0 -> raised=1; say("the lease is raised from %d to %d\n",D-1,D) }
#endif
  fi
}

#ifndef LIVE
active proctype curfew() {
  do
  :: step()
  :: tick()
  od
}
#else
/* Faults, as long as they like (not with HEALTHY); then calm: nothing is lost, nobody dies (nodes that are dead stay so),
 * requests go to the nodes by turns, and whatever can be done is done before time passes.  LOGOUT_BY bounds the wait of the
 * sign-out in ticks, VERIFIER_BY the time for which the verifier is without a lease.  Non-progress cycles are time
 * standing still in the calm. */
active proctype curfew() {
#ifdef HEALTHY
  calm=1;
#else
progress_faults:
  do
  :: step()
  :: tick()
  :: d_step { calm=1; go=1; say("calm from here on\n") } -> break
#if NN>1
  :: d_step { calm=1; go=1; say("calm from here on, node 0 is dead\n"); dead[0]=1;
       FOR(i,NV*NS) IF(rq[i].st>=WRITTEN && rq[i].st<=GRANTED && rq[i].to==0) rq[i].st=ASKED FI NEXT(i) } -> break
#endif
  od;
#endif
  do
  :: step()
  :: timeout -> progress_tick: tick()
  od
}
#endif

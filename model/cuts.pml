/*
 * Curfew: positions, cuts, and how long an entry is remembered, as a Promela model of docs/protocol.md (rules P*, M*, E*, V3, R2).
 *
 * acknowledged-logout.pml shows that a verifier with a lease has every entry that was confirmed.  This model shows what
 * that is worth: that the entry covers each token which it should, minted before it or racing with it, and is remembered
 * for as long as such a token can be accepted.  With -DRIGHTS it is a change of rights (sort "stale") instead of an end.  No locks but those in the rules; each statement of a transaction sees what
 * was committed before the statement (READ COMMITTED), and anything may happen between two of them.
 *
 * One user with one session (born at position 0) and one grant, one sign-out X of a sort: a cut of the user, or (-DENDED)
 * the end of the session by name; mints of three kinds, again and again; one token (whichever), one verifier, which may
 * restart cold at any time and whose wall clock says anything at all, the pruner, and time.
 */
#ifndef TTL
#define TTL 1           /* max_ttl */
#endif
#ifndef MARGIN
#define MARGIN 1        /* M3: longer than any transaction takes */
#endif
#define TXMAX 1         /* M3: an older transaction is ended by the database */
#ifndef LAST
#define LAST 5          /* time ends here */
#endif
#ifdef RESTORE
#define OTHERS 2
#else
#define OTHERS 1
#endif
#ifdef NOJUMP
#define JUMP (head+1)
#else
#define JUMP 4          /* R2: above every number ever given */
#endif

#define say printf
#define IF(c)   if :: c ->
#define FI      :: else fi
#define MAX(a,b) ((a)>(b) -> (a) : (b))

byte now;               /* the database's clock */
byte head;              /* the highest number in the ledger, as committed */
byte others;
byte cut;               /* the number of X, as stored with the user (or as session.ended), 0: not committed */
byte until;             /* ... of its entry */
bit  entry;             /* it is in the ledger, not pruned */
byte all;               /* R2: the cut of everything, 0: none */
byte horizon;
byte applied;           /* mutant POSLATE: a node's copy */

byte xst; byte xclock; byte xage;                    /* the transaction of X */
#define SIGNIN 1        /* a birth from evidence: a password, checked outside a transaction */
#define GRANT  2        /* a birth from the session: a code for one more client */
#define REFRESH 3       /* of grant 0 */
#define REFRESH1 4      /* of the grant that was born here */
byte mkind; byte mst; byte mpos; byte miat; byte mfirst;          /* the mint under way */
bit  mbad; bit mfresh;                               /* its token must be dead after X; it began after X committed */
bit  g1; byte g1pos; bit g1bad;                      /* the grant that was born here */
bit  t; byte tpos; byte texp; bit tbad; bit tfresh; bit told;   /* the token */
bit  tby;               /* it carries the name that X ends */
byte ast; bit aent; byte aall; byte aup; byte ahor;  /* an answer under way to the verifier */
byte vup; bit vent; byte vall; byte vhor;            /* the verifier */
bit  late; byte latehor;
byte rst;               /* 1: restored from a backup, 2: and declared so (R2) */
byte wst; bit wbad;     /* REISSUE: a password change that signs the present device in again */

#ifdef ENDED
#define COVERED(p) (vent && tby)                     /* by name: the token carries the session's sid */
#else
#define COVERED(p) (vent && (p)<cutno)
#endif
byte cutno;             /* the number of X in the verifier's copy; X has one number only */

#ifdef ENDED
#define STALE 0                /* a session of its own */
#define SUBJECTCUT 0
#else
#define SUBJECTCUT cut
#define STALE (cut==0)         /* with the password that the cut comes with a change of */
#endif
#ifdef HEADAFTER
#define LATE1 (mkind==GRANT)
#elif defined(PWLATE)
#define LATE1 (mkind==SIGNIN)
#else
#define LATE1 false
#endif
#ifdef RIGHTS                 /* P5, P6: X is a change of the user's rights with its entry, of sort "stale"; mpos, tpos are the claim seq */
#ifdef FOREIGN
bit rights;                   /* today's rights, in a source of their own: committed there, then told */
#define NEWRIGHTS rights
#else
#define NEWRIGHTS (cut>0)
#endif
inline mint() {
  if
  :: d_step { mst==0 && !t -> mst=1; mkind=REFRESH; mfresh=(cut>0); say("a refresh begins\n") }
#ifdef RIGHTSFIRST
  :: d_step { mst==1 -> mst=2; mbad=!NEWRIGHTS; say("... reads the rights\n") }
  :: d_step { mst==2 -> mst=3; mpos=head; miat=now; say("... reads the head, %d, and the clock, %d\n",mpos,miat) }
#else
  :: d_step { mst==1 -> mst=2; mpos=head; miat=now; say("... reads the head, %d, and the clock, %d\n",mpos,miat) }
  :: d_step { mst==2 -> mst=3; mbad=!NEWRIGHTS; say("... reads the rights\n") }
#endif
#if defined(IATLATE) || defined(COMPARE)     /* the rights were read before the mint's transaction, which reads a clock of its own */
  :: d_step { mst==3 -> mst=6; miat=now; say("... its transaction reads the clock: %d\n",miat) }
#ifdef COMPARE
  :: d_step { mst==6 -> if :: mpos>=cut -> mst=4 :: else -> mst=1; mpos=0; miat=0; mbad=0; mfresh=1; say("... a change of rights is above its head: it begins again\n") fi }
#else
  :: d_step { mst==6 -> mst=4 }
#endif
#else
  :: d_step { mst==3 -> mst=4 }
#endif
  :: d_step { mst==4 ->
       IF(!t) t=1; tpos=mpos; texp=miat+TTL; tbad=mbad; tfresh=mfresh; told=1; say("... a token: seq %d, expires at %d\n",tpos,texp) FI;
       mst=0; mkind=0; miat=0; mpos=0; mbad=0; mfresh=0 }
  :: d_step { mst>0 && t -> mst=0; mkind=0; miat=0; mpos=0; mbad=0; mfresh=0 }
  fi
}
#else
inline mint() {
  if
  /* P1, M1: the first statement reads the position and the clock */
  :: d_step { mst==0 && !t && rst==0 -> mst=1; mkind=SIGNIN; mfresh=(cut>0); say("a sign-in begins\n") }
  :: d_step { mst==0 && !t && rst==0 -> mst=1; mkind=GRANT; say("a code is asked for, under the session\n") }
  :: d_step { mst==0 && !t && rst!=1 -> mst=1; mkind=REFRESH; say("a refresh of the first grant begins\n") }
  :: d_step { mst==0 && !t && g1 && rst==0 -> mst=1; mkind=REFRESH1; say("a refresh of the grant that was born here begins\n") }
  :: d_step { mst==1 ->
       miat=now;
#ifdef POSEACH              /* variant: each mint reads a position of its own, first of all */
       mfirst=head;
#endif
       if :: mkind==REFRESH -> mpos=0 :: mkind==REFRESH1 -> mpos=g1pos
          :: mkind<REFRESH && LATE1 :: mkind<REFRESH && !LATE1 -> mpos=head; say("... reads the position %d\n",mpos)
       fi;
       mst=2 }
  /* P2: then whatever it rests on is checked */
  :: d_step { mst==2 && mkind==SIGNIN -> mbad=STALE; mst=6; say("... the password is right\n") }
  /* a sign-in may take long: its last transaction reads the clock (M1), then compares (P2) */
  :: d_step { mst==6 -> mst=7; miat=now; say("... its last transaction reads the clock: %d\n",miat);
#ifdef PWLATE
       mpos=head; say("... and the position %d\n",mpos)
#endif
     }
  :: d_step { mst==7 ->
#ifdef NOCHECKBIRTH
       mst=3
#else
       if :: mpos>=SUBJECTCUT && mpos>=all -> mst=3; say("... no cut is above its position\n")
          :: else -> mst=0; mkind=0; miat=0; mpos=0; mbad=0; mfresh=0; say("... is refused\n") fi
#endif
     }
  :: d_step { mst==2 && mkind!=SIGNIN ->
#ifdef NOCHECK
       mbad=(mkind==REFRESH1 -> g1bad : 1); mst=3
#elif defined(ENDED)
       if :: cut==0 || (mkind==REFRESH1 && !g1bad) -> mbad=(mkind==REFRESH1 -> g1bad : 1); mst=3; say("... the session lives\n")
          :: else -> mst=0; mkind=0; miat=0; mpos=0; say("... is refused\n") fi
#else
       if :: (mkind==GRANT && cut==0) || (mkind!=GRANT && mpos>=cut && mpos>=all) -> mbad=(mkind==REFRESH1 -> g1bad : 1); mst=3; say("... no cut is above it\n")
          :: else -> mst=0; mkind=0; miat=0; mpos=0; say("... is refused\n") fi
#endif
     }
  :: d_step { mst==3 && LATE1 && mkind==GRANT -> mpos=head; mst=4; say("... reads the position %d\n",mpos) }
  :: d_step { mst==3 && !(LATE1 && mkind==GRANT) -> mst=4;
#ifdef POSEACH
       mpos=mfirst
#endif
     }
  /* the commit */
  :: d_step { mst==4 -> mst=5; say("... commits\n");
       IF((mkind==SIGNIN || mkind==GRANT) && !g1) g1=1; g1pos=mpos; g1bad=(mbad && (mkind==GRANT || mkind==SIGNIN)) FI }
  /* M1: the token expires TTL after the clock that was read first */
  :: d_step { mst==5 ->
#ifdef POSLATE
       mpos=applied;
#endif
#ifdef IATLATE
       miat=now;
#endif
#ifdef NODECLOCK
       miat=miat+2;
#endif
       IF(!t) t=1; tpos=mpos; texp=miat+TTL; tbad=mbad; tfresh=(mfresh && mkind==SIGNIN); tby=(mkind==GRANT || mkind==REFRESH || (mkind==REFRESH1 && g1bad));
         told=(rst<2); say("... a token: position %d, expires at %d\n",tpos,texp) FI;
       mst=0; mkind=0; miat=0; mpos=0; mbad=0; mfresh=0 }
  :: d_step { mst>0 && t -> mst=0; mkind=0; miat=0; mpos=0; mbad=0; mfresh=0 }        /* one token is enough to look at */
  fi
}

#endif
#if defined(FOREIGN) && !defined(ENTRYFIRST)
#define TOLD rights
#else
#define TOLD true
#endif
#ifdef SERIAL                 /* SQLite: the sign-out's transaction is one step */
#define BEGINS false
#else
#define BEGINS true
#endif
#ifdef SLOWTX
#define INTIME true
#else
#define INTIME (xage<=TXMAX)
#endif
inline signout() {
  if
#ifdef FOREIGN
  :: d_step { !rights -> rights=1; say("the source commits the change of rights\n") }
#endif
  :: d_step { xst==0 && cut==0 && rst==0 && TOLD && BEGINS -> xst=1; xclock=now; xage=0; say("the sign-out begins its transaction and reads the clock\n") }
#ifdef SERIAL
  :: d_step { xst==0 && cut==0 && rst==0 -> xst=2; head++; cut=head; cutno=head; entry=1; until=now+TTL+MARGIN;
       say("the sign-out commits number %d, remembered until %d\n",cut,until) }
#endif
  :: d_step { xst==1 && INTIME -> xst=2; head++; cut=head; cutno=head; entry=1; until=xclock+TTL+MARGIN; xclock=0; xage=0;
       say("the sign-out commits number %d, remembered until %d\n",cut,until) }
  :: d_step { others<OTHERS && rst==0 && !t -> others++; head++; say("some other entry: %d\n",head) }
#ifdef POSLATE
  :: d_step { applied<head -> applied=head; say("the node has applied %d\n",applied) }
#endif
#ifdef RESTORE
  :: d_step { rst==0 -> rst=1; head=0; cut=0; entry=0; horizon=0; g1=0; g1pos=0; g1bad=0; say("the database is an older one: restored from a backup\n");
       mst=(mst==5 -> 5 : 0); xst=2; xclock=0; ast=0; aent=0; aall=0; aup=0; ahor=0 }
  :: d_step { rst==1 && mst==0 -> rst=2; head=JUMP; all=head; say("the restore is declared: a cut of everything, number %d\n",all) }
#endif
  fi
}

#ifdef CHECKBEFORELOCK
#define STILL true
#else
#define STILL (cut==0)
#endif
#ifdef REISSUE               /* P4: the change of a password, in one transaction, made from the session: X is the administrator's cut */
inline reissue() {
  if
  :: d_step { wst==0 ->
#ifdef CHECKBEFORELOCK
       IF(cut==0) wst=1; say("a password change: the session lives\n") FI
#else
       wst=1
#endif
     }
  :: d_step { wst==1 -> wst=2;
       IF(STILL) wbad=(cut>0); head++; say("the password change commits number %d and signs its device in at %d\n",head,head);
         IF(!t) t=1; tpos=head; texp=now+TTL; tbad=wbad; tfresh=0; tby=0; told=1 FI FI }
  fi
}
#endif

#ifdef RESTORE
#define KNOWS (rst==2 && vup>=all)
#define WRONG (KNOWS && told && TAKES)
#else
#define KNOWS (cut>0 && vup>=cut)                    /* it has acknowledged: the sign-out may have been confirmed */
#define WRONG (KNOWS && tbad && TAKES)
#endif
#ifdef RESTORE
#define LOOK (t && rst==2)
#else
#define LOOK (cut>0)      /* what was read before has no entry, and a lower horizon */
#endif
inline verifier() {
  if
  /* E2: the entries and the horizon, in one snapshot; or the entries first */
#ifdef HORIZONFIRST
  :: d_step { ast==0 && LOOK -> ast=1; ahor=horizon; say("a node reads the horizon %d\n",ahor) }
  :: d_step { ast==1 -> ast=2; aent=entry; aup=head; aall=all; say("a node reads the ledger up to %d\n",aup) }
#else
  :: d_step { ast==0 && LOOK -> ast=1; aent=entry; aup=head; aall=all; say("a node reads the ledger up to %d\n",aup) }
  :: d_step { ast==1 -> ast=2; ahor=horizon; say("a node reads the horizon %d\n",ahor) }
#endif
  :: d_step { ast>0 -> ast=0; aent=0; aup=0; aall=0; ahor=0 }                                      /* lost */
  :: d_step { ast==2 -> vup=MAX(vup,aup); vent=vent|aent; vall=MAX(vall,aall);
#ifndef NOHORIZON
       vhor=MAX(vhor,ahor);
#endif
       IF(vent && until<=vhor) vent=0; say("the verifier forgets the entry\n") FI;                 /* E3 */
       ast=0; aent=0; aup=0; aall=0; ahor=0; say("the verifier has applied up to %d, horizon %d\n",vup,vhor) }
#ifdef LATE                   /* V3: an answer that has no entries, asked for after them, is late */
  :: d_step { ast==2 && KNOWS && !late -> late=1; latehor=ahor; ast=0; aent=0; aup=0; aall=0; ahor=0; say("an answer with horizon %d is late\n",latehor) }
#ifdef HORIZONBACK
  :: d_step { late -> vhor=latehor; late=0; latehor=0; say("the late answer arrives: horizon %d\n",vhor) }
#else
  :: d_step { late -> vhor=MAX(vhor,latehor); late=0; latehor=0; say("the late answer arrives: horizon %d\n",vhor) }
#endif
#endif
  :: d_step { vup>0 -> late=0; latehor=0; vup=0; vent=0; vall=0; vhor=0; ast=0; aent=0; aup=0; aall=0; ahor=0; say("the verifier restarts, cold\n") }
#ifdef FORGETBYCLOCK
  :: d_step { vent -> vent=0; say("the verifier forgets the entry by its own clock, which was fast\n") }
#endif
  /* E1: the pruner */
  :: d_step { horizon<now && LOOK -> horizon++; IF(entry && until<=horizon) entry=0 FI; say("pruned up to %d\n",horizon) }
  fi
}

/* E3, and "Covered".  The verifier's own clock says anything, so expiry by it is no help; expiry by the horizon is. */
#define TAKES (t && !COVERED(tpos) && tpos>=vall && texp>vhor)
#define HIT   (KNOWS && tfresh && COVERED(tpos))     /* availability: a sign-in begun after the commit is not hit */

active proctype cuts() {
  do
  :: mint()
  :: signout()
  :: verifier()
#ifdef REISSUE
  :: reissue()
#endif
#ifdef LEAP                   /* the database's clock leaps ahead, while little time passes */
  :: d_step { now+2<=LAST -> now=now+2; say("the clock leaps: %d\n",now) }
#endif
  :: d_step { now<LAST -> now++; IF(xst==1 && xage<2) xage++ FI; say("tick: %d\n",now) }
  :: WRONG -> say("the verifier ACCEPTS a token that the sign-out has ended\n"); assert(false)
  :: HIT -> say("a sign-in that began after the sign-out is HIT by it\n"); assert(false)
  od
}

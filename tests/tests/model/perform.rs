//! Runs the programs of an act at the same time, and strikes the first.

use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use pgstrata::Migrations;
use postgres::config::TargetSessionAttrs;
use postgres::{Config, NoTls};

use crate::database::{Database, LOOK, ask};
use crate::fault::{Blow, Fault};
use crate::history::{Act, Run};
use crate::program::{Ended, ended, run, spawn};
use crate::proxy::{Harm, Moment, Plan, Proxy, Tamper};
use crate::server::{Durable, Pair};

/// Where histories are played.
pub(crate) struct Stage<'s> {
    pub(crate) database: &'s Database,
    pub(crate) durable: Option<Arc<Durable>>,
    pub(crate) pair: Option<Arc<Pair>>,
    /// Changes what programs send.
    pub(crate) tamper: Option<Tamper>,
    /// The files of the older and the newer program, and what they embed.
    pub(crate) folders: [PathBuf; 2],
    pub(crate) lists: [&'s Migrations<'s>; 2],
}

/// How the programs ended, and whether the blow fell.
pub(crate) struct Performed {
    pub(crate) ended: Vec<Ended>,
    pub(crate) fell: bool,
}

type Victim = Arc<Mutex<Option<std::process::Child>>>;

impl Stage<'_> {
    /// `requests` is how many the first program is likely to make; `aim` is one of them.
    pub(crate) fn perform(&self, act: &Act, requests: usize, aim: Option<String>) -> Performed {
        let victim = Victim::default();
        let plan = act.blow.map(|blow| self.plan(blow, requests, aim, &victim));
        let socket = self.database.socket();
        let needs_proxy = plan.is_some() || self.tamper.is_some();
        let proxy = needs_proxy.then(|| Proxy::start(&socket, plan, self.tamper.clone()));
        let aside = self.tamper.clone();
        let aside = aside.map(|tamper| Proxy::start(&socket, None, Some(tamper)));
        let through = |proxy: &Option<Proxy>| {
            proxy.as_ref().map_or_else(
                || self.database.config(),
                |proxy| self.database.through(proxy.folder.path()),
            )
        };
        let (first, other) = (through(&proxy), through(&aside));
        let ended = thread::scope(|scope| {
            let start = |run: &Run| {
                let (run, other) = (*run, &other);
                scope.spawn(move || self.one(other, run))
            };
            let others: Vec<_> = act.runs[1..].iter().map(start).collect();
            let mut ended = vec![self.first(act, first, &victim)];
            ended.extend(others.into_iter().map(|other| other.join().unwrap()));
            ended
        });
        let fell = proxy.is_some_and(|proxy| act.blow.is_some() && proxy.has_fired());
        if let (true, Some(pair)) = (fell, &self.pair) {
            self.database.move_to(&pair.socket("b"));
        }
        Performed { ended, fell }
    }

    fn one(&self, config: &Config, it: Run) -> Ended {
        run(config, self.lists[it.program as usize], it.verb, it.way)
    }

    fn first(&self, act: &Act, mut config: Config, victim: &Victim) -> Ended {
        let it = act.runs[0];
        let fault = act.blow.map(|blow| blow.fault);
        if fault == Some(Fault::Kill) {
            let folder = &self.folders[it.program as usize];
            let mut started = victim.lock().unwrap();
            let mut child = spawn(&config, folder, it.verb, it.way);
            let mut output = child.stdout.take().unwrap();
            *started = Some(child);
            drop(started);
            let mut said = String::new();
            let _ = output.read_to_string(&mut said);
            let _ = victim.lock().unwrap().as_mut().unwrap().wait();
            return ended(&said);
        }
        if let (Some(true), Some(pair)) = (fault.map(Fault::is_fail_over), &self.pair) {
            config.host_path(pair.socket("b"));
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
            if fault == Some(Fault::FailOverToTheLate) {
                pair.part();
            }
        }
        self.one(&config, it)
    }

    fn plan(&self, blow: Blow, requests: usize, aim: Option<String>, victim: &Victim) -> Plan {
        // The first is our own question. A standby is late for what has been committed meanwhile,
        // which comes after five more.
        let (first, requests) = match blow.fault {
            Fault::FailOverToTheLate => (7, requests.saturating_sub(5).max(1)),
            _ => (2, requests),
        };
        let request = first + usize::try_from(blow.place % requests as u64).unwrap();
        let harm: Harm = match blow.fault {
            Fault::Kill => {
                let victim = Arc::clone(victim);
                Box::new(move |_| {
                    // The lock is free once the child is known.
                    let _ = victim.lock().unwrap().as_mut().unwrap().kill();
                    true
                })
            }
            Fault::Cut => Box::new(|_| true),
            Fault::Terminate | Fault::Cancel => {
                let ends = blow.fault == Fault::Terminate;
                let function = if ends {
                    "pg_terminate_backend"
                } else {
                    "pg_cancel_backend"
                };
                let aside = Mutex::new(self.database.aside());
                let pause = Duration::from_micros((blow.place >> 32) & 0xFFF);
                Box::new(move |pid| {
                    // So far into the request, where it takes that long.
                    thread::sleep(pause);
                    let sql = format!("SELECT {function}({pid})");
                    let _ = aside.lock().unwrap().batch_execute(&sql);
                    ends
                })
            }
            Fault::Restart => {
                let server = Arc::clone(self.durable.as_ref().unwrap());
                Box::new(move |_| {
                    server.restart();
                    true
                })
            }
            Fault::FailOver | Fault::FailOverToTheLate => {
                let servers = Arc::clone(self.pair.as_ref().unwrap());
                Box::new(move |_| {
                    servers.fail_over();
                    true
                })
            }
        };
        // Nobody can tell that the answer to a run's last request came from a server that is lost.
        let moment = match (blow.fault, blow.moment) {
            (Fault::FailOverToTheLate, Moment::During) => Moment::After,
            (_, moment) => moment,
        };
        let plan = Plan {
            request: AtomicUsize::new(if aim.is_some() { 0 } else { request }),
            aim,
            moment,
            harm,
            ready: None,
        };
        let is_detach = |aim: &String| aim.contains(" DETACH PARTITION ");
        let can_stop = matches!(
            blow.fault,
            Fault::Terminate | Fault::Cancel | Fault::Restart
        );
        if can_stop && plan.aim.as_ref().is_some_and(is_detach) {
            self.between_commits(plan)
        } else {
            plan
        }
    }

    /// Harm while a partition is being detached: it waits for whoever has read the table.
    fn between_commits(&self, plan: Plan) -> Plan {
        let clients = Arc::new(Mutex::new(None));
        let (config, connected, harm) = (self.database.config(), Arc::clone(&clients), plan.harm);
        let read = move || {
            let mut both = [(); 2].map(|()| config.connect(NoTls).unwrap());
            let sql = "BEGIN; LOCK TABLE public.parts IN ACCESS SHARE MODE";
            both[0].batch_execute(sql).unwrap();
            *connected.lock().unwrap() = Some(both);
        };
        let harm = move |pid| {
            // Within the reader's transaction nothing of other sessions changes.
            let [reader, mut watcher] = clients.lock().unwrap().take().unwrap();
            let runs = format!(
                "SELECT pid FROM pg_stat_activity WHERE pid = {pid} AND state = 'active' \
                 AND wait_event IS DISTINCT FROM 'virtualxid'"
            );
            while ask(&mut watcher, &runs).is_ok_and(|found| !found.is_empty()) {
                thread::sleep(LOOK);
            }
            let ends = harm(pid);
            drop(reader);
            ends
        };
        Plan {
            moment: Moment::During,
            ready: Some(Box::new(read)),
            harm: Box::new(harm),
            ..plan
        }
    }
}

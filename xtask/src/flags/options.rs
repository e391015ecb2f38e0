//! What commands are asked, made of flags.

use super::{
    Adopt, Backup, Check, Ci, Down, Drift, Fingerprint, Import, Lock, New, Place, Postflight,
    Preflight, Records, Redo, Rehearse, Restore, Target, Trace, Up,
};
use crate::{
    backup, baseline, check, ci, down, drift, fingerprint, goal, import, journal, lock, new,
    postflight, preflight, redo, rehearse, restore, trace, up,
};

impl From<Target> for goal::Target {
    fn from(flags: Target) -> Self {
        Self {
            to: flags.to,
            steps: flags.steps,
            only: flags.only,
            phase: flags.phase,
            allow_contract: flags.allow_contract,
        }
    }
}

impl From<Records> for journal::Records {
    fn from(flags: Records) -> Self {
        Self {
            log: flags.log,
            report: flags.report,
        }
    }
}

impl From<Place> for backup::Place {
    fn from(flags: Place) -> Self {
        Self {
            backup_dir: flags.backup_dir,
            backup_limit: flags.backup_limit,
        }
    }
}

impl From<New> for new::Options {
    fn from(flags: New) -> Self {
        Self {
            name: flags.name,
            timestamp: flags.timestamp,
            repeatable: flags.repeatable,
            template: flags.template,
        }
    }
}

impl From<Check> for check::Options {
    fn from(flags: Check) -> Self {
        Self {
            sealed: flags.sealed,
            exact: flags.exact,
            postgres: flags.postgres,
            format: flags.format,
        }
    }
}

impl From<Rehearse> for rehearse::Options {
    fn from(flags: Rehearse) -> Self {
        Self {
            from: flags.from,
            from_backup: flags.from_backup,
            twice: flags.twice,
            rows: flags.rows,
            slow: flags.slow,
            timings: flags.timings,
            postgres: flags.postgres,
            format: flags.format,
        }
    }
}

impl From<Trace> for trace::Options {
    fn from(flags: Trace) -> Self {
        Self {
            from: flags.from,
            rows: flags.rows,
            postgres: flags.postgres,
            format: flags.format,
            html: flags.html,
        }
    }
}

impl From<Ci> for ci::Options {
    fn from(flags: Ci) -> Self {
        Self {
            base: flags.base,
            open: flags.open,
            rows: flags.rows,
            slow: flags.slow,
            timings: flags.timings,
            postgres: flags.postgres,
            trace_rows: flags.trace_rows,
            html: flags.html,
            summary: flags.summary,
            junit: flags.junit,
        }
    }
}

impl From<Lock> for lock::Options {
    fn from(flags: Lock) -> Self {
        Self {
            amend: flags.amend,
            rebase: flags.rebase,
            base_file: flags.base_file,
        }
    }
}

impl From<Import> for import::Options {
    fn from(flags: Import) -> Self {
        Self {
            tool: flags.tool,
            from: flags.from,
        }
    }
}

impl From<Preflight> for preflight::Options {
    fn from(flags: Preflight) -> Self {
        Self {
            target: flags.target.into(),
            marker: flags.marker,
            long_transaction: flags.long_transaction,
            free_disk: flags.free_disk,
            json: flags.json,
            clock_ahead: flags.clock_ahead,
        }
    }
}

impl From<Up> for up::Options {
    fn from(flags: Up) -> Self {
        Self {
            target: flags.target.into(),
            dry_run: flags.dry_run,
            per_statement: flags.per_statement,
            single_transaction: flags.single_transaction,
            require_preflight: flags.require_preflight,
            max_age: flags.max_age,
            force: flags.force,
            skip_backup: flags.skip_backup,
            place: flags.place.into(),
            records: flags.records.into(),
        }
    }
}

impl From<Down> for down::Options {
    fn from(flags: Down) -> Self {
        Self {
            steps: flags.steps,
            to: flags.to,
            yes: flags.yes,
            accepted: flags.accepted,
            records: flags.records.into(),
        }
    }
}

impl From<Redo> for redo::Options {
    fn from(flags: Redo) -> Self {
        Self {
            steps: flags.steps,
            from: flags.from,
            yes: flags.yes,
            accepted: flags.accepted,
            records: flags.records.into(),
        }
    }
}

impl From<Backup> for backup::Options {
    fn from(flags: Backup) -> Self {
        Self {
            place: flags.place.into(),
            scope: flags.scope,
            sql: flags.sql,
            prune: flags.prune,
            keep: flags.keep,
            keep_days: flags.keep_days,
            yes: flags.yes,
            json: flags.json,
        }
    }
}

impl From<Restore> for restore::Options {
    fn from(flags: Restore) -> Self {
        Self {
            file: flags.file,
            place: flags.place.into(),
            into: flags.into,
            table: flags.table,
            swap: flags.swap,
            yes: flags.yes,
            json: flags.json,
        }
    }
}

impl From<Fingerprint> for fingerprint::Options {
    fn from(flags: Fingerprint) -> Self {
        Self {
            exact: flags.exact,
            portable: flags.portable,
            json: flags.json,
            write: flags.write,
            file: flags.file,
        }
    }
}

impl From<Drift> for drift::Options {
    fn from(flags: Drift) -> Self {
        Self {
            against: flags.against,
            ignore: flags.ignore,
            json: flags.json,
        }
    }
}

impl From<Postflight> for postflight::Options {
    fn from(flags: Postflight) -> Self {
        Self {
            slow: flags.slow,
            write: flags.write,
            baseline: flags.baseline,
            json: flags.json,
        }
    }
}

impl From<Adopt> for baseline::Options {
    fn from(flags: Adopt) -> Self {
        Self {
            version: flags.version,
            reason: flags.reason,
            yes: flags.yes,
            records: flags.records.into(),
        }
    }
}

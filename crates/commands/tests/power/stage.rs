//! An inventory of this computer, whose power is a line in a file, and a session on it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use action_plan::{ActionPlans, Plan};
use cmdlet::{Argument, ErrorRecord, Value};
use inventory::InventorySource;
use tempfile::TempDir;

use crate::engine::{self, Seen, Session};

pub(crate) struct Stage {
    directory: TempDir,
    plans: Arc<ActionPlans>,
    pub(crate) session: Session,
}

impl Stage {
    /// Node n1 is this computer; `more` of the inventory has `HERE` for a directory and `LOG` for the file that is written to.
    pub(crate) fn new(more: &str) -> Stage {
        let directory = tempfile::tempdir().unwrap();
        let here = directory.path().display().to_string();
        let text = format!(
            "[stamp]\nname = \"edge01\"\n[[nodes]]\nname = \"n1\"\nreach = \"local\"\npower = {{ off = [\"sh\", \"-c\", \"echo n1 off >> LOG\"] }}\n{more}"
        );
        let text = text.replace("LOG", "HERE/log").replace("HERE", &here);
        fs::write(directory.path().join("inventory.toml"), text).unwrap();
        let plans = Arc::new(ActionPlans::open(directory.path()).unwrap());
        let source = Arc::new(InventorySource::new(Some(directory.path().join("inventory.toml"))));
        source.read().unwrap_or_else(|error| panic!("{error}"));
        let session = Session::new(commands::table()).service(Arc::clone(&plans)).service(source);
        Stage { directory, plans, session }
    }

    pub(crate) fn without_host(mut self) -> Stage {
        self.session = self.session.without_host();
        self
    }

    /// Another session.
    pub(crate) fn again(&self) -> Session {
        let source = Arc::new(InventorySource::new(Some(self.path("inventory.toml"))));
        Session::new(commands::table()).service(Arc::clone(&self.plans)).service(source)
    }

    /// Runs a command with `-Confirm:$false`.
    pub(crate) fn run_unconfirmed(&self, line: &str) -> Result<Seen, Box<ErrorRecord>> {
        let mut call = engine::call(line);
        call.arguments.push(Argument::Pair("Confirm".into(), Value::Bool(false)));
        self.session.run_calls(vec![call], None)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn touch(&self, name: &str) {
        fs::write(self.path(name), "").unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    pub(crate) fn log_file(&self) -> String {
        self.path("log").display().to_string()
    }

    /// What the programs of the plan wrote.
    pub(crate) fn log(&self) -> Vec<String> {
        fs::read_to_string(self.path("log")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Waits until a plan runs.
    pub(crate) fn wait_for_plan(&self) -> Plan {
        loop {
            match self.plans.last(None, None) {
                Some(plan) if plan.progress().2.is_some() => return plan,
                _ => sleep(Duration::from_millis(10)),
            }
        }
    }
}

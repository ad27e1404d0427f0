//! Stateful simulators of the services on the other side, as strict as those are.
mod calls;
mod der;
mod faults;
mod gate;
mod in_process;
mod keys;
mod maskinporten;
mod server;
mod svarinn;
mod svarut;
mod tamper;

pub use calls::{Call, Outcome};
pub use faults::{Answer, AnswerBody, ErrorJson, Fault, FaultId, Faults, Operation, Tamper, Target, When};
pub use in_process::InProcess;
pub use maskinporten::{Client, MaskinportenSim};
pub use server::{Server, serve};
pub use svarinn::{Content, Mail, MailFile, MailRecord, Oddity, Package, ReportedFailure, Sender, SvarInnSim};
pub use svarut::{
    Account, AltinnWord, Contact, DuplicateRule, Endpoint, FileRecord, Integration, Landing, Opens, OrganisationFacts,
    Registration, Settings, ShipmentRecord, ShipmentStatus, SvarUtSim, Timings,
};

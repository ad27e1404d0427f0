//! Everything outside the office: Maskinporten, SvarUt and SvarInn as simulators on this machine, with the town's people
//! behind them.

use std::{collections::BTreeMap, io, path::Path, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sakarkiv::{
    audit::{CheckpointSigner, Ed25519Signer, KeyError, VerifierKey},
    core::{
        delivery::Recipient,
        identity::{TenantId, Timestamp},
        routing::PrintSetting,
    },
};
use sakarkiv_cms::Identity;
use sakarkiv_testkit::{
    doubles::ManualClock,
    simulators::{
        Account, Client, Contact, DuplicateRule, Fault, Integration, Mail, MailFile, MaskinportenSim, Opens,
        OrganisationFacts, Package, Registration, Sender, Server, SvarInnSim, SvarUtSim, Target, When,
        altinn::AltinnSim, serve,
    },
};
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

use super::{
    confidential, content,
    plan::{MailPlan, MailShape},
    publication::{self, PublicSide, SideError},
    random::test_person,
    rights::HEAD_ARCHIVIST,
    town::{Habit, Tenant, Town, Unit},
};

/// Why the outside could not be set up: a fault of this machine or this program.
#[derive(Debug, Error)]
pub(crate) enum WorldError {
    #[error("the simulators cannot be set up: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Public(#[from] SideError),
    #[error("a key cannot be made: {0}")]
    Key(#[from] sakarkiv_cms::KeyError),
    #[error("the key of the log cannot be made: {0}")]
    LogKey(#[from] KeyError),
    #[error("the office's configuration cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the office's configuration cannot be written: {0}")]
    Config(#[from] toml::ser::Error),
}

/// The simulators and what went into them.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) svarut: SvarUtSim,
    pub(crate) svarinn: SvarInnSim,
    pub(crate) altinn: AltinnSim,
    pub(crate) public: PublicSide,
    /// What each mail that arrived was planned as.
    pub(crate) mail: BTreeMap<Uuid, MailPlan>,
    maskinporten: MaskinportenSim,
    servers: Vec<Server>,
    /// Who reminders are from.
    reminder_name: String,
    log_key: VerifierKey,
    /// The private half, for the office alone.
    log_pem: String,
}

impl World {
    pub(crate) async fn open(town: &Town, now: Timestamp) -> Result<Self, WorldError> {
        let clock = ManualClock::new(now);
        let maskinporten = MaskinportenSim::new(Arc::clone(&clock) as _);
        let svarut = SvarUtSim::new(Arc::clone(&clock) as _, &maskinporten);
        let svarinn = SvarInnSim::new(Arc::clone(&clock) as _);
        let altinn = AltinnSim::new(Arc::clone(&clock) as _, &maskinporten);
        svarut.configure(|settings| settings.duplicates = DuplicateRule::NullCode);
        let public = PublicSide::new(&clock, town);
        public.old_archive().await?;
        let mut servers = Vec::new();
        let (einnsyn, outside) = (public.einnsyn.router(), maskinporten.router());
        for router in [outside, svarut.router(), svarinn.router(), altinn.router(), einnsyn] {
            servers.push(serve(router).await?);
        }
        let seed: [u8; 32] = std::array::from_fn(|n| u8::try_from(n).unwrap_or_default());
        let log_key = Ed25519Signer::from_seed(ARCHIVE, &seed)?.key().clone();
        let log_pem = ed25519_pem(&seed);
        let reminder_name =
            town.tenants.iter().find(|tenant| tenant.altinn.is_some()).map(confidential::name).unwrap_or_default();
        let world = Self {
            clock,
            svarut,
            svarinn,
            altinn,
            public,
            mail: BTreeMap::new(),
            maskinporten,
            servers,
            reminder_name,
            log_key,
            log_pem,
        };
        world.people(town);
        Ok(world)
    }

    /// Registers the tenants with the simulators and writes the office's configuration, secrets in files of their own.
    pub(crate) fn register(&self, town: &Town, folder: &Path) -> Result<(), WorldError> {
        let secrets = folder.join("secrets");
        std::fs::create_dir_all(&secrets)?;
        let tenants = town.tenants.iter().map(|tenant| self.tenant(tenant, &secrets)).collect::<Result<Vec<_>, _>>()?;
        let seed = secrets.join("log-key");
        std::fs::write(&seed, &self.log_pem)?;
        let log = json!({ "archive": ARCHIVE, "signing_key": { "file": seed }, "checkpoints": CHECKPOINTS });
        let config = json!({
            "data": "store", "node": "day", "plain_http_to_loopback": true, "log": log, "reports": REPORTS,
            "tenants": tenants,
        });
        std::fs::create_dir_all(folder.join("store"))?;
        std::fs::write(folder.join("office.toml"), toml::to_string(&config)?)?;
        Ok(())
    }

    /// The public key of the day's logs, for whoever verifies from outside.
    pub(crate) const fn log_key(&self) -> &VerifierKey {
        &self.log_key
    }

    /// Mail arrives for a tenant.
    pub(crate) fn deliver(&mut self, town: &Town, plan: MailPlan) {
        let Some(tenant) = town.tenants.iter().find(|tenant| tenant.id == plan.tenant) else { return };
        let title = format!("Brev nr. {}", self.mail.len() + 1);
        let organisation = tenant.organisation.as_str();
        let mut mail = match (plan.shape, test_person(77)) {
            (MailShape::Dialogue, Some(person)) => {
                Mail::dialogue(title, organisation, Sender::person("Inge Innbygger", person.digits()))
            }
            _ => Mail::new(title, organisation),
        };
        mail.confidential = plan.confidential;
        mail.highest_level = plan.confidential;
        mail.package = match plan.shape {
            MailShape::BarePdf => Package::Bare,
            MailShape::Undecryptable => Package::WrongKey,
            MailShape::Ordinary | MailShape::Empty | MailShape::Dialogue => Package::Zip,
        };
        for (name, bytes) in content::documents(plan.seed, &plan.documents) {
            mail = mail.with_file(MailFile::pdf(name, bytes));
        }
        let id = self.svarinn.deliver(tenant.id.as_str(), mail);
        self.mail.insert(id, plan);
    }

    /// SvarUt begins to lose answers after letters were taken, then loses letters before, then is gone until `until`.
    pub(crate) fn outage(&self, until: Timestamp) {
        let faults = self.svarut.faults();
        faults.arm(Target::Sends, When::Next(3), Fault::DropAfter);
        faults.arm(Target::Sends, When::Next(1), Fault::StallAfter(STALL));
        faults.arm(Target::Sends, When::Next(2), Fault::DropBefore);
        let begins = self.svarut_now() + chrono::Duration::minutes(2);
        faults.arm(Target::Any, When::Window { from: begins, until }, Fault::outage());
    }

    /// Who reminders are from.
    pub(crate) fn reminder_name(&self) -> &str {
        &self.reminder_name
    }

    /// How many calls wait at the simulators.
    pub(crate) fn stalled(&self) -> usize {
        self.svarut.stalled()
            + self.svarinn.stalled()
            + self.altinn.stalled()
            + self.maskinporten.stalled()
            + self.public.einnsyn.stalled()
    }

    /// How many requests the other side has seen.
    pub(crate) fn requests(&self) -> usize {
        self.svarut.calls().len()
            + self.svarinn.calls().len()
            + self.altinn.calls().len()
            + self.public.einnsyn.calls().len()
    }

    fn svarut_now(&self) -> Timestamp {
        use sakarkiv::core::ports::Clock;
        self.clock.now()
    }

    fn people(&self, town: &Town) {
        for tenant in town.tenants.iter().filter(|tenant| tenant.altinn.is_some()) {
            confidential::people(&self.altinn, tenant.organisation.as_str());
        }
        for contact in &town.contacts {
            let (number, person) = match &contact.recipient {
                Recipient::Organisation { number, .. } => (number.as_str(), false),
                Recipient::Person { number, .. } => (number.digits(), true),
                Recipient::Addressee { .. } => continue,
            };
            if let Habit::Opens(minutes) = contact.habit {
                let after = Duration::from_secs(u64::from(minutes) * 60);
                self.svarut.set_opens(number, Opens::After(after));
            }
            if person {
                let reached = if contact.habit == Habit::Paper { Contact::Reserved } else { Contact::DigitalMailbox };
                self.svarut.set_contact(number, reached);
            } else {
                let confidential_access = contact.habit != Habit::Never;
                self.svarut.set_organisation(number, OrganisationFacts { exists: true, confidential_access });
            }
        }
    }

    fn tenant(&self, tenant: &Tenant, secrets: &Path) -> Result<Value, WorldError> {
        let mut settings = json!({ "id": tenant.id, "users": people(tenant), "access_archive": "arkiv" });
        if tenant.mail {
            let (svarut, svarinn) = (self.svarut_section(tenant, secrets)?, self.svarinn_section(tenant, secrets)?);
            if let Some(settings) = settings.as_object_mut() {
                settings.insert("svarut".to_owned(), svarut);
                settings.insert("svarinn".to_owned(), json!([svarinn]));
                settings.insert("follow_up".to_owned(), confidential::follow_up(tenant)?);
                if let Some(unit) = &tenant.altinn {
                    settings.insert("altinn".to_owned(), self.altinn_section(tenant, unit, secrets)?);
                }
            }
        }
        if let (true, Some(settings)) = (publication::publishes(tenant), settings.as_object_mut()) {
            let sections = publication::sections(tenant, self.url(4), &self.public_secrets(tenant, secrets)?);
            settings.extend(sections.map(|(name, value)| (name.to_owned(), value)));
        }
        Ok(settings)
    }

    fn public_secrets(&self, tenant: &Tenant, secrets: &Path) -> Result<publication::Secrets, WorldError> {
        let policy = toml::to_string(&publication::policy(tenant))?;
        Ok(publication::Secrets {
            api_key: secret(secrets, &tenant.id, "einnsyn", self.public.key())?,
            fingerprint_key: secret(secrets, &tenant.id, "fingerprints", publication::FINGERPRINT_KEY)?,
            policy: secret(secrets, &tenant.id, "publication.toml", &policy)?,
        })
    }

    fn svarut_section(&self, tenant: &Tenant, secrets: &Path) -> Result<Value, WorldError> {
        let organisation = tenant.organisation.as_str();
        let key = Identity::generate(tenant.id.as_str())?;
        let client = format!("client-{}", tenant.id);
        self.maskinporten.add_client(Client::new(&client, organisation).with_certificate(key.certificate_der()));
        let mut accounts = serde_json::Map::new();
        for unit in &tenant.units {
            let account = Account::new(unit.konto, unit.name, organisation);
            let prints = tenant.print == PrintSetting::PrintWhenUnopened;
            self.svarut.add_account(if prints { account.printing_for_organisations() } else { account });
            let settings = json!({ "konto": unit.konto, "print": tenant.print });
            accounts.insert(unit.account.as_str().to_owned(), settings);
        }
        let integration = Uuid::new_v5(&Uuid::NAMESPACE_OID, tenant.id.as_str().as_bytes());
        self.svarut.add_integration(Integration {
            id: integration,
            password: PASSWORD.to_owned(),
            organisation: organisation.to_owned(),
            accounts: tenant.units.iter().map(|unit| unit.konto).collect(),
        });
        Ok(json!({
            "integration_password": secret(secrets, &tenant.id, "integration", PASSWORD)?,
            "signing_key": secret(secrets, &tenant.id, "signing-key.pem", &key.private_key_pem())?,
            "certificate": key.certificate_pem(),
            "maskinporten": {
                "token_url": format!("{}/token", self.url(0)),
                "audience": self.maskinporten.issuer(),
                "client_id": client,
            },
            "channel": {
                "base_url": format!("{}/api", self.url(1)),
                "integration_id": integration,
                "accounts": accounts,
            },
        }))
    }

    fn altinn_section(&self, tenant: &Tenant, unit: &Unit, secrets: &Path) -> Result<Value, WorldError> {
        let key = Identity::generate(tenant.id.as_str())?;
        let client = format!("altinn-{}", tenant.id);
        let registered = Client::new(&client, tenant.organisation.as_str()).with_certificate(key.certificate_der());
        self.maskinporten.add_client(ALTINN_SCOPES.into_iter().fold(registered, Client::with_scope));
        let mut section = confidential::section(tenant, unit, self.url(3));
        let keys = [
            ("signing_key", secret(secrets, &tenant.id, "altinn-key.pem", &key.private_key_pem())?),
            ("certificate", json!(key.certificate_pem())),
            (
                "maskinporten",
                json!({
                    "token_url": format!("{}/token", self.url(0)),
                    "audience": self.maskinporten.issuer(),
                    "client_id": client,
                }),
            ),
        ];
        if let Some(section) = section.as_object_mut() {
            section.extend(keys.map(|(name, value)| (name.to_owned(), value)));
        }
        Ok(section)
    }

    fn svarinn_section(&self, tenant: &Tenant, secrets: &Path) -> Result<Value, WorldError> {
        let key = Identity::generate(tenant.id.as_str())?;
        let user = tenant.id.as_str();
        self.svarinn.add_system(user, PASSWORD, &[key.certificate_pem().as_bytes()])?;
        let registration = Registration::everything(
            Uuid::new_v5(&Uuid::NAMESPACE_URL, user.as_bytes()),
            user,
            tenant.organisation.as_str(),
        );
        self.svarut.connect(&self.svarinn, [registration]);
        let unit = tenant.units.first().map(|unit| unit.id.as_str()).unwrap_or_default();
        Ok(json!({
            "id": INBOX,
            "unit": unit,
            "keys": [{ "pem": secret(secrets, &tenant.id, "svarinn-key.pem", &key.private_key_pem())? }],
            "registration": {
                "base_url": format!("{}/tjenester", self.url(2)),
                "username": user,
                "password": secret(secrets, &tenant.id, "svarinn", PASSWORD)?,
            },
        }))
    }

    fn url(&self, server: usize) -> &str {
        self.servers.get(server).map(|server| server.url.as_str()).unwrap_or_default()
    }
}

/// The people of an archive, as the configuration names them: a head archivist, and a case handler and a manager for each unit.
fn people(tenant: &Tenant) -> Vec<Value> {
    let head = json!({ "id": HEAD_ARCHIVIST, "since": SINCE, "roles": [{ "role": "head_archivist" }] });
    let handlers = tenant.every_unit().map(case_handler);
    std::iter::once(head).chain(handlers).chain(tenant.every_unit().map(manager)).collect()
}

fn manager(unit: &Unit) -> Value {
    json!({
        "id": format!("leder-{}", unit.id),
        "since": SINCE,
        "unit": unit.id,
        "roles": [{ "role": "manager", "unit": unit.id }],
    })
}

fn case_handler(unit: &Unit) -> Value {
    json!({
        "id": format!("case-handler-{}", unit.id),
        "since": SINCE,
        "unit": unit.id,
        "roles": [{ "role": "case_handler", "unit": unit.id }],
        "accounts": { (unit.account.as_str()): "send" },
    })
}

/// An Ed25519 key as the configuration wants it: PKCS#8 (RFC 8410), PEM. A demonstration key that protects nothing.
fn ed25519_pem(seed: &[u8; 32]) -> String {
    let prefix = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let body = STANDARD.encode([prefix.as_slice(), seed.as_slice()].concat());
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

/// Writes a secret to a file and returns the reference to it.
fn secret(folder: &Path, tenant: &TenantId, name: &str, content: &str) -> io::Result<Value> {
    let file = folder.join(format!("{tenant}-{name}"));
    std::fs::write(&file, content)?;
    Ok(json!({ "file": file }))
}

/// The name under which every tenant's SvarInn is configured.
pub(crate) const INBOX: &str = "svarinn";
/// The file of the checkpoints, beside the store and not in it.
pub(crate) const CHECKPOINTS: &str = "checkpoints";
/// The folder of the reports.
pub(crate) const REPORTS: &str = "reports";
const ALTINN_SCOPES: [&str; 4] = [
    "altinn:correspondence.write",
    "altinn:correspondence.read",
    "altinn:accessmanagement/authorizedparties",
    "altinn:accessmanagement/enduser:connections:toothers.read",
];
/// What the origins of the day's logs begin with.
const ARCHIVE: &str = "arkiv.example.no/log";
/// Since when the people work there: no review of theirs is due in the day.
const SINCE: &str = "2026-11-02T07:00:00Z";
/// A password for simulators; protects nothing.
const PASSWORD: &str = "bare-en-prove";
/// Longer than the office waits for an answer.
const STALL: Duration = Duration::from_secs(18 * 60);

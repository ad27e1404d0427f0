//! The service's configuration file (TOML). Wherever a value is wanted, a table with nothing but `file` or `env` stands for
//! the content of that file or environment variable, so that no secret has to stand in the file itself.

mod intake;
mod publication;
mod told;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use sakarkiv::{
    altinn::{AltinnConfig, AltinnCoverageConfig, AltinnInboxConfig},
    core::{
        access::{ChannelRight, Role, RoleScope, User, UserKind},
        identity::{AccountId, ActorId, InboxId, TenantId, Timestamp, UnitId},
        routing::RoutingPolicy,
        screening::Screening,
    },
    einnsyn::EInnsynConfig,
    engine::FollowUp,
    http::MaskinportenConfig,
    svarut::{SvarUtConfig, svarinn::SvarInnConfig},
};
use secrecy::SecretString;
use serde::Deserialize;
use thiserror::Error;
use toml::Value;

pub(crate) use self::publication::{JournalPageSection, PublicationSection, RequestsSection};
pub(crate) use self::told::Slip;
pub(crate) use intake::{CallerSection, IntakeHttpSection, SourceKind, SourceSection};

/// What is wrong with a configuration file.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    #[error("the file `{path}` cannot be read: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("the environment variable `{0}` is not set, or is not text")]
    Env(String),
    #[error("the configuration is not TOML: {0}")]
    Syntax(Slip),
    #[error("the configuration does not fit: {0}")]
    Shape(String),
}

/// The whole service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceConfig {
    /// The folder of the store.
    pub(crate) data: PathBuf,
    /// The name of this process among those that share the store.
    #[serde(default = "default_node")]
    pub(crate) node: String,
    /// Lets plain `http://` go to this machine itself. For simulators only.
    #[serde(default)]
    pub(crate) plain_http_to_loopback: bool,
    /// How the log is signed and where its checkpoints go.
    #[serde(default)]
    pub(crate) log: Option<LogSection>,
    /// The folder that reports on unopened mail and failed transfers are kept in, one below it for each archive that follows
    /// up.
    #[serde(default)]
    pub(crate) reports: Option<PathBuf>,
    /// Where the journal pages of the archives are served; nowhere when this is left out.
    #[serde(default)]
    pub(crate) journal_page: Option<JournalPageSection>,
    /// The archives.
    pub(crate) tenants: Vec<TenantConfig>,
}

/// Signing the log and holding its checkpoints outside the store.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogSection {
    /// What the origins of all logs begin with, for ever: an address without its scheme is best.
    pub(crate) archive: String,
    /// The private key that signs checkpoints: Ed25519, PKCS#8, PEM.
    pub(crate) signing_key: SecretString,
    /// The file that checkpoints are appended to, best on another machine's disk.
    pub(crate) checkpoints: PathBuf,
}

/// One archive and its integrations.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantConfig {
    pub(crate) id: TenantId,
    /// People who count until the archive's own register has them.
    #[serde(default)]
    pub(crate) users: Vec<UserSection>,
    /// The unit in whose case extended requests for access are archived.
    #[serde(default)]
    pub(crate) access_archive: Option<UnitId>,
    /// How mail that lies unopened is followed up, and when reports are made. Nothing is when this is left out.
    #[serde(default)]
    pub(crate) follow_up: Option<FollowUp>,
    /// From when on confidential mail is used, and by which channel.
    #[serde(default)]
    pub(crate) routing: RoutingPolicy,
    #[serde(default)]
    pub(crate) svarut: Option<SvarUtSection>,
    #[serde(default)]
    pub(crate) svarinn: Vec<SvarInnSection>,
    #[serde(default)]
    pub(crate) altinn: Option<AltinnSection>,
    /// How eInnsyn is reached: for publication and for requests for access.
    #[serde(default)]
    pub(crate) einnsyn: Option<EInnsynConfig>,
    /// What is published, where and when. Nothing is when this is left out.
    #[serde(default)]
    pub(crate) publication: Option<PublicationSection>,
    /// Requests for access to documents, by eInnsyn.
    #[serde(default)]
    pub(crate) requests: Option<RequestsSection>,
    /// Specialist systems that hand things in.
    #[serde(default)]
    pub(crate) sources: Vec<SourceSection>,
    /// The ways in over HTTP, for those of them that call.
    #[serde(default)]
    pub(crate) intake_http: Option<IntakeHttpSection>,
}

/// Somebody employed by the tenant, with the rights to begin with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserSection {
    pub(crate) id: ActorId,
    /// Since when; reviews fall due from then on.
    #[serde(default)]
    pub(crate) since: Timestamp,
    #[serde(default)]
    pub(crate) unit: Option<UnitId>,
    /// Roles in the whole tenant, or in the person's unit and those below it.
    #[serde(default)]
    pub(crate) roles: Vec<RoleSection>,
    /// Sender accounts.
    #[serde(default)]
    pub(crate) accounts: BTreeMap<AccountId, ChannelRight>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleSection {
    pub(crate) role: Role,
    /// In this unit and those below it; in the whole tenant when left out.
    #[serde(default)]
    pub(crate) unit: Option<UnitId>,
}

impl UserSection {
    pub(crate) fn user(&self, tenant: &TenantId) -> User {
        let mut user = User::founding(tenant.clone(), self.id.clone(), UserKind::Employee).since(self.since);
        user.unit.clone_from(&self.unit);
        for section in &self.roles {
            let within = |unit: &UnitId| RoleScope::Unit { unit: unit.clone(), with_sub_units: true };
            user = user.with_role(section.role, section.unit.as_ref().map_or(RoleScope::Tenant, within));
        }
        let accounts = self.accounts.iter();
        accounts.fold(user, |user, (account, right)| user.with_account(account.clone(), *right))
    }
}

/// The way out by SvarUt.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SvarUtSection {
    pub(crate) channel: SvarUtConfig,
    pub(crate) integration_password: SecretString,
    pub(crate) maskinporten: MaskinportenConfig,
    /// The private key that signs for tokens, PEM.
    pub(crate) signing_key: SecretString,
    /// The key's id at Digdir; or else `certificate`.
    #[serde(default)]
    pub(crate) key_id: Option<String>,
    /// The enterprise certificate, PEM.
    #[serde(default)]
    pub(crate) certificate: Option<String>,
}

/// One way in by SvarInn.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SvarInnSection {
    pub(crate) id: InboxId,
    pub(crate) registration: SvarInnConfig,
    /// Private keys that open the mail: the present one and those it replaced.
    pub(crate) keys: Vec<KeySection>,
    /// The unit that gets mail which names no case of ours.
    pub(crate) unit: UnitId,
    /// The screening of mail that its sender marked as confidential; the usual one when this is left out.
    #[serde(default)]
    pub(crate) confidential: Option<Screening>,
}

/// Altinn, by one client at Maskinporten: as a way out, as ways in, and as the one to ask about confidential mail.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AltinnSection {
    pub(crate) maskinporten: MaskinportenConfig,
    /// The private key that signs for tokens, PEM.
    pub(crate) signing_key: SecretString,
    /// The key's id at Digdir; or else `certificate`.
    #[serde(default)]
    pub(crate) key_id: Option<String>,
    /// The enterprise certificate, PEM.
    #[serde(default)]
    pub(crate) certificate: Option<String>,
    /// The way out.
    #[serde(default)]
    pub(crate) channel: Option<AltinnConfig>,
    /// The ways in, one for each organisation number.
    #[serde(default)]
    pub(crate) inboxes: Vec<AltinnInboxSection>,
    /// At which of the tenant's own numbers it is asked who can open confidential mail.
    #[serde(default)]
    pub(crate) coverage: Option<AltinnCoverageConfig>,
}

/// One way in by Altinn.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AltinnInboxSection {
    pub(crate) id: InboxId,
    pub(crate) registration: AltinnInboxConfig,
    /// The unit that gets mail which names no case of ours.
    pub(crate) unit: UnitId,
    /// The screening of mail that its sender marked as confidential; the usual one when this is left out.
    #[serde(default)]
    pub(crate) confidential: Option<Screening>,
}

/// A private key: PEM, PKCS#1, PKCS#8, in text form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeySection {
    pub(crate) pem: SecretString,
    #[serde(default)]
    pub(crate) password: Option<SecretString>,
}

impl ServiceConfig {
    /// Reads a file; paths in it are taken from where it stands.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = read(path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut config = Self::parse(&text, folder, |name| std::env::var(name).ok())?;
        config.data = folder.join(&config.data);
        config.reports = config.reports.map(|reports| folder.join(reports));
        config.tenants.iter_mut().flat_map(|tenant| &mut tenant.sources).for_each(|source| source.rebase(folder));
        if let Some(log) = &mut config.log {
            log.checkpoints = folder.join(&log.checkpoints);
        }
        let publications = config.tenants.iter_mut().filter_map(|tenant| tenant.publication.as_mut());
        for page in publications.filter_map(|publication| publication.page.as_mut()) {
            page.folder = folder.join(&page.folder);
            page.export = page.export.take().map(|export| folder.join(export));
        }
        Ok(config)
    }

    fn parse(text: &str, folder: &Path, env: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let table: toml::Table = toml::from_str(text).map_err(|error| ConfigError::Syntax(Slip::of(text, &error)))?;
        let mut contents = Vec::new();
        let value = resolve(Value::Table(table), folder, &env, &mut contents)?;
        value.try_into().map_err(|error| ConfigError::Shape(told::misfit(&error, &contents)))
    }
}

/// Puts contents in the place of references to files and environment variables, and remembers them.
fn resolve(
    value: Value,
    folder: &Path,
    env: &impl Fn(&str) -> Option<String>,
    contents: &mut Vec<String>,
) -> Result<Value, ConfigError> {
    match value {
        Value::Table(table) => {
            let content = match reference(&table) {
                Some(("file", path)) => read(&folder.join(path))?.trim_end().to_owned(),
                Some((_, name)) => env(name).ok_or_else(|| ConfigError::Env(name.to_owned()))?,
                None => {
                    return table
                        .into_iter()
                        .map(|(key, value)| Ok((key, resolve(value, folder, env, contents)?)))
                        .collect::<Result<_, _>>()
                        .map(Value::Table);
                }
            };
            contents.push(content.clone());
            Ok(Value::String(content))
        }
        Value::Array(values) => values
            .into_iter()
            .map(|value| resolve(value, folder, env, contents))
            .collect::<Result<_, _>>()
            .map(Value::Array),
        plain => Ok(plain),
    }
}

fn reference(table: &toml::Table) -> Option<(&str, &str)> {
    let mut entries = table.iter();
    match (entries.next(), entries.next()) {
        (Some((key, Value::String(to))), None) if key == "file" || key == "env" => Some((key, to)),
        _ => None,
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })
}

fn default_node() -> String {
    "office".to_owned()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const INBOX: &str = r#"
        data = "archive"
        [[tenants]]
        id = "bodo"
        [[tenants.svarinn]]
        id = "svarinn"
        unit = "post"
        keys = [{ pem = { file = "key.pem" } }]
        registration = { base_url = "https://example.no/tjenester", username = "arkiv", password = { env = "SVARINN" } }
    "#;

    fn parse(text: &str, folder: &Path) -> Result<ServiceConfig, ConfigError> {
        ServiceConfig::parse(text, folder, |name| (name == "SVARINN").then(|| "hemmelig".to_owned()))
    }

    #[test]
    fn secrets_come_from_files_and_environment() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key.pem"), "a key\n").unwrap();
        let config = parse(INBOX, folder.path()).unwrap();
        let inbox = &config.tenants[0].svarinn[0];
        assert_eq!(inbox.registration.password.expose_secret(), "hemmelig");
        assert_eq!(inbox.keys[0].pem.expose_secret(), "a key");
    }

    #[test]
    fn confidential_mail_is_screened_as_the_configuration_says_and_as_usual_where_it_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key.pem"), "a key").unwrap();
        let screened = |more: &str| {
            let config = parse(&format!("{INBOX}{more}"), folder.path()).unwrap();
            let inbox = &config.tenants[0].svarinn[0];
            crate::setup::target(&inbox.unit, inbox.confidential.as_ref()).confidential
        };
        assert_eq!(screened(""), Some(Screening::of_confidential_mail()));
        let own = r#"{ code = "13", legal_basis = "offl. § 13", hides = ["everything"] }"#;
        assert_eq!(screened(&format!("confidential = {own}")).unwrap().code().as_str(), "13");
    }

    #[test]
    fn a_missing_file_or_variable_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(parse(INBOX, folder.path()).unwrap_err().to_string().contains("key.pem"));
        std::fs::write(folder.path().join("key.pem"), "a key").unwrap();
        let other = INBOX.replace("\"SVARINN\"", "\"NO_SUCH\"");
        assert_eq!(
            parse(&other, folder.path()).unwrap_err().to_string(),
            "the environment variable `NO_SUCH` is not set, or is not text"
        );
    }

    #[test]
    fn a_misspelt_setting_is_refused_rather_than_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let error = parse("data = \"x\"\ntenants = []\nnodee = \"a\"", folder.path()).unwrap_err();
        assert!(error.to_string().contains("nodee"), "{error}");
    }

    #[test]
    fn a_secret_in_the_wrong_place_is_not_shown() {
        const SECRET: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI\n-----END PRIVATE KEY-----";
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key.pem"), SECRET).unwrap();
        let tenant = "data = \"x\"\n[[tenants]]\nid = \"bodo\"\n";
        let callers =
            |acos: &str| format!("[tenants.intake_http]\nlisten = \"127.0.0.1:0\"\ncallers = {{ acos = {acos} }}");
        let source = "[[tenants.sources]]\nid = \"s\"\nservice_user = \"svc\"\n";
        for (slip, told) in [
            (callers("{ file = \"key.pem\" }"), "acos"),
            (callers("\"MC4CAQAwBQYDK2VwBCIEI\""), "acos"),
            (format!("{source}kind = \"calls\"\npush_tokens = {{ file = \"key.pem\" }}"), "push_tokens"),
            (format!("{source}kind = {{ file = \"key.pem\" }}"), "kind"),
            (INBOX.replace("{ pem = { file = \"key.pem\" } }", "{ file = \"key.pem\" }"), "keys"),
            ("[tenants.svarut]\nintegration_password = MC4CAQAwBQYDK2VwBCIEI\"".to_owned(), "line 5"),
        ] {
            let text = if slip.contains("data") { slip } else { format!("{tenant}{slip}") };
            let error = parse(&text, folder.path()).unwrap_err();
            assert!(error.to_string().contains(told), "{told}: {error}");
            for shown in [error.to_string(), format!("{error:?}")] {
                assert!(!shown.contains("MC4CAQ") && !shown.contains("BEGIN"), "{shown}");
            }
        }
    }

    #[test]
    fn a_slip_is_told_by_what_was_expected() {
        let folder = tempfile::tempdir().unwrap();
        let told = |text: &str| parse(text, folder.path()).unwrap_err().to_string();
        assert_eq!(
            told("data = \"x\"\ntenants = [{ id = \"bodo\", svarinn = \"y\" }]"),
            "the configuration does not fit: invalid type: string, expected a sequence in `tenants.svarinn`"
        );
        assert_eq!(
            told("data = \"x\"\nnode ="),
            "the configuration is not TOML: line 2: string values must be quoted, expected literal string"
        );
    }

    #[test]
    fn the_configuration_that_users_are_shown_can_be_read() {
        let shown =
            include_str!("../../../README.md").split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
        let shown = shown.unwrap();
        let folder = tempfile::tempdir().unwrap();
        for part in ["secrets", "tables", "rules"] {
            std::fs::create_dir(folder.path().join(part)).unwrap();
        }
        for file in shown.split("{ file = \"").skip(1) {
            std::fs::write(folder.path().join(file.split('"').next().unwrap()), "a secret").unwrap();
        }
        let config = parse(&shown.replace("SVARINN_PASSWORD", "SVARINN"), folder.path()).unwrap();
        let tenant = &config.tenants[0];
        let altinn = tenant.altinn.as_ref().unwrap();
        altinn.channel.as_ref().unwrap().check().unwrap();
        altinn.inboxes.iter().for_each(|inbox| inbox.registration.check().unwrap());
        assert_eq!(altinn.inboxes.len(), altinn.coverage.as_ref().unwrap().organisations.len());
        assert_eq!(tenant.routing.confidential_by[0].as_str(), "altinn");
        assert!(tenant.svarut.is_some() && !tenant.svarinn.is_empty());
        let publication = tenant.publication.as_ref().unwrap();
        assert!(publication.policy.units.values().all(|unit| unit.full_text));
        assert!(publication.page.as_ref().unwrap().export.is_some() && tenant.einnsyn.is_some());
        assert_eq!(tenant.requests.as_ref().unwrap().unit.as_str(), "postmottak");
        assert_eq!(config.journal_page.as_ref().unwrap().listen.port(), 8081);
        let [forms, recruitment] = &tenant.sources[..] else { panic!("two sources are shown") };
        let today = "2026-03-02T08:00:00Z".parse().unwrap();
        for source in [forms, recruitment] {
            let live = source.integration(today).is_some_and(|record| record.is_live());
            assert!(live && source.user(&tenant.id).is_some(), "{} goes live as shown", source.id);
        }
        assert!(recruitment.recruitment.is_some());
        assert_eq!(tenant.intake_http.as_ref().unwrap().callers["acos"].source, forms.id);
    }

    #[test]
    fn following_up_is_configured_by_what_differs_and_a_folder_for_reports() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"
            data = "archive"
            reports = "reports"
            [[tenants]]
            id = "bodo"
            [tenants.follow_up]
            name = "Bodø kommune"
            schedule = { weekly = { day = "Mon", hour = 7 } }
            limits = { most_reminders = 1 }
            [tenants.follow_up.reminders]
            contact = "75 55 50 00"
            by_itself = true
            sender = { account = "postmottak", unit = "postmottak", name = "Bodø kommune", organisation = "310000027", address = { lines = ["Postboks 319"], postal_code = "8001", city = "Bodø" } }
        "#;
        let config = parse(text, folder.path()).unwrap();
        let follow_up = config.tenants[0].follow_up.as_ref().unwrap();
        assert_eq!((follow_up.limits.most_reminders, follow_up.limits.sent.remind), (1, 3));
        assert!(follow_up.reminders.as_ref().unwrap().by_itself);
        assert_eq!(config.reports.unwrap(), Path::new("reports"));
    }

    #[test]
    fn no_secret_shows_when_a_configuration_is_printed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key.pem"), "a key").unwrap();
        let shown = format!("{:?}", parse(INBOX, folder.path()).unwrap());
        assert!(!shown.contains("hemmelig") && !shown.contains("a key"), "{shown}");
    }
}

use std::{path::PathBuf, sync::Arc};

use sakarkiv::{
    core::{
        access::User,
        identity::{SourceId, TenantId, UnitId},
        intake::{IntakeRules, RuleBook},
        integration::Integration,
        ports::ConsignmentSource,
    },
    engine::{RecordsOffice, TenantSetup, UnknownTenant},
    fagsystem::{
        FolderSource, FormFolder,
        forms::{FormTables, TableError},
    },
    fiks_arkiv::{FiksArkiv, FiksArkivSettings, FiksTransport, FolderTransport},
    jobbnorge::{
        RecruitmentConfig, mapping,
        source::{FolderDrop, Recruitment, RestPull, push::PushSettings},
    },
};
use toml::{Table, Value};
use uuid::Uuid;

use super::{SetupError, Surroundings};
use crate::config::{Slip, SourceKind, SourceSection, TenantConfig};

/// A specialist system, ready to hand things in.
pub(crate) struct Source {
    pub(crate) id: SourceId,
    /// What is asked for consignments.
    pub(crate) asked: Option<Arc<dyn ConsignmentSource>>,
    /// Its record, where the configuration has one.
    pub(crate) integration: Option<Integration>,
    /// The folder of its messages, which are answered beside the office.
    pub(crate) messages: Option<Messages>,
    /// What may be pushed into its folder over HTTP.
    pub(super) push: Option<(Arc<FolderDrop>, PushSettings)>,
    /// Its service user, where the configuration has one.
    pub(crate) user: Option<User>,
    rules: RuleBook,
}

/// Fiks Arkiv messages in a folder.
pub(crate) struct Messages {
    pub(crate) folder: PathBuf,
    transport: Arc<dyn FiksTransport>,
    /// The account that may send.
    system: Uuid,
}

impl Source {
    pub(super) fn of(
        tenant: &TenantConfig,
        section: &SourceSection,
        around: &Surroundings<'_>,
    ) -> Result<Self, SetupError> {
        check(section).map_err(|problem| wrong(tenant, section, problem))?;
        let mut source = Self {
            id: section.id.clone(),
            asked: None,
            integration: section.integration(around.clock.now()),
            messages: None,
            push: None,
            user: section.user(&tenant.id),
            rules: rules(section).map_err(|problem| wrong(tenant, section, problem))?,
        };
        source.way_in(section, around).map_err(|problem| wrong(tenant, section, problem))?;
        Ok(source)
    }

    fn way_in(&mut self, section: &SourceSection, around: &Surroundings<'_>) -> Result<(), String> {
        let (id, clock) = (section.id.clone(), Arc::clone(around.clock));
        match section.kind {
            SourceKind::Folder => {
                let (folder, largest) = (folder(section)?, section.file_bytes);
                self.asked = Some(Arc::new(if around.looks_only {
                    FolderSource::at(id, folder, largest)
                } else {
                    FolderSource::open(id, folder, largest).map_err(|error| error.to_string())?
                }));
            }
            SourceKind::MailFolder => {
                let (folder, forms) = (folder(section)?, self.forms(section)?);
                self.asked = Some(Arc::new(if around.looks_only {
                    FormFolder::mail_at(folder, forms)
                } else {
                    FormFolder::mail(folder, forms).map_err(|error| error.to_string())?
                }));
            }
            SourceKind::ScanFolder => {
                let (folder, forms, largest) = (folder(section)?, self.forms(section)?, section.file_bytes);
                self.asked = Some(Arc::new(if around.looks_only {
                    FormFolder::scans_at(folder, forms, largest)
                } else {
                    FormFolder::scans(folder, forms, largest).map_err(|error| error.to_string())?
                }));
            }
            SourceKind::JobbnorgeFolder => {
                let folder = folder(section)?;
                let drop = Arc::new(if around.looks_only {
                    FolderDrop::at(folder)
                } else {
                    FolderDrop::open(folder).map_err(|error| error.to_string())?
                });
                let config = recruitment(section)?;
                if !section.push_tokens.is_empty() {
                    let settings = PushSettings::new(config.clone(), section.push_tokens.clone());
                    self.push = Some((Arc::clone(&drop), settings));
                }
                self.asked = Some(Arc::new(Recruitment::new(id, config.clone(), drop, clock)));
            }
            SourceKind::JobbnorgePull => {
                let pull = section.pull.clone().ok_or("lacks `pull`")?;
                let pull = RestPull::new(pull, Arc::clone(around.http), Arc::clone(&clock));
                let pull = Arc::new(pull.map_err(|error| error.to_string())?);
                self.asked = Some(Arc::new(Recruitment::new(id, recruitment(section)?.clone(), pull, clock)));
            }
            SourceKind::FiksArkivFolder => {
                let accounts = section.accounts.as_ref().ok_or("lacks `accounts`")?;
                let folder = folder(section)?;
                let transport = FolderTransport::new(&folder, accounts.archive, Arc::clone(around.entropy));
                self.messages = Some(Messages { folder, transport: Arc::new(transport), system: accounts.system });
            }
            SourceKind::Calls => {}
        }
        Ok(())
    }

    fn forms(&mut self, section: &SourceSection) -> Result<Arc<FormTables>, String> {
        let tables = tables(section.forms.as_deref().ok_or("lacks `forms`")?);
        let tables = tables.map_err(|error| format!("has tables that cannot be used: {error}"))?;
        if tables.source != self.id {
            return Err(format!("has the tables of `{}`", tables.source));
        }
        if section.rules.is_none() {
            // Nobody wrote rules: files of one name are usual in e-mail and in piles of paper.
            self.rules.usual.content.numbers_equal_names = true;
            let asked = tables.tables.iter().filter_map(|table| table.rule.clone());
            self.rules.named = asked.map(|name| (name, self.rules.usual.clone())).collect();
        }
        self.has_rules_for(&tables).map_err(|problem| format!("has {problem}"))?;
        Ok(Arc::new(tables))
    }

    /// Whether it has every rule that tables ask for. Each form of a table whose rule is missing would be turned away.
    pub(super) fn has_rules_for(&self, tables: &FormTables) -> Result<(), String> {
        let mut asked = tables.tables.iter().filter_map(|table| table.rule.as_deref());
        match asked.find(|name| self.rules.pick(Some(name)).is_none()) {
            Some(name) => Err(format!("tables that ask for the rule `{name}`: write `[named.{name}]` in its rules")),
            None => Ok(()),
        }
    }

    /// Adds it to a tenant.
    pub(super) fn add_to(self, tenant: TenantSetup) -> TenantSetup {
        let tenant = tenant.intake_rules(self.rules);
        let tenant = self.user.into_iter().fold(tenant, TenantSetup::user);
        let tenant = self.integration.into_iter().fold(tenant, TenantSetup::integration);
        self.asked.into_iter().fold(tenant, TenantSetup::source)
    }
}

impl Messages {
    /// Answers them at the desk of their system.
    pub(super) fn service(
        self,
        tenant: &TenantId,
        id: &SourceId,
        office: &RecordsOffice,
        around: &Surroundings<'_>,
    ) -> Result<FiksArkiv, UnknownTenant> {
        let desk = office.as_source(tenant, id, None)?;
        let archive = FiksArkiv::new(self.transport, Arc::clone(around.clock), FiksArkivSettings::default());
        Ok(archive.with_desk(self.system, Arc::new(desk)))
    }
}

/// Whether a source has what its kind needs and nothing else.
fn check(section: &SourceSection) -> Result<(), String> {
    use SourceKind as K;
    let recruits = matches!(section.kind, K::JobbnorgeFolder | K::JobbnorgePull);
    let has_forms = matches!(section.kind, K::MailFolder | K::ScanFolder);
    let has_folder = has_forms || matches!(section.kind, K::Folder | K::JobbnorgeFolder | K::FiksArkivFolder);
    let parts = [
        ("folder", section.folder.is_some(), has_folder),
        ("forms", section.forms.is_some(), has_forms),
        ("pull", section.pull.is_some(), section.kind == K::JobbnorgePull),
        ("recruitment", section.recruitment.is_some(), recruits),
        ("accounts", section.accounts.is_some(), section.kind == K::FiksArkivFolder),
        ("push_tokens", !section.push_tokens.is_empty(), section.kind == K::JobbnorgeFolder),
    ];
    for (name, given, used) in parts {
        if given && !used {
            return Err(format!("has `{name}`, which no source of its kind uses: take it away"));
        }
        if used && !given && name != "push_tokens" {
            return Err(format!("lacks `{name}`, which every source of its kind needs"));
        }
    }
    if section.rules.is_none() && section.unit.is_none() {
        return Err("needs either `rules` or the `unit` that gets its cases".to_owned());
    }
    Ok(())
}

/// A folder with another system at its other end is never made by us: a misspelt one would stay empty for ever.
fn folder(section: &SourceSection) -> Result<PathBuf, String> {
    let folder = section.folder.clone().ok_or("lacks `folder`")?;
    if folder.is_dir() { Ok(folder) } else { Err(format!("has no folder `{}`: make it first", folder.display())) }
}

fn recruitment(section: &SourceSection) -> Result<&RecruitmentConfig, String> {
    section.recruitment.as_ref().ok_or_else(|| "lacks `recruitment`".to_owned())
}

/// Reads tables of forms.
pub(super) fn tables(text: &str) -> Result<FormTables, String> {
    FormTables::from_toml(text).map_err(|error| match (error, toml::from_str::<FormTables>(text)) {
        (TableError::Unreadable(_), Err(error)) => Slip::of(text, &error).to_string(),
        (error, _) => error.to_string(),
    })
}

fn rules(section: &SourceSection) -> Result<RuleBook, String> {
    match (&section.rules, &section.unit) {
        (Some(text), _) => read_rules(text, &section.id),
        (None, Some(unit)) => Ok(RuleBook::new(section.id.clone(), usual_rules(section, unit.clone()))),
        (None, None) => Err("has no rules".to_owned()),
    }
}

fn usual_rules(section: &SourceSection, unit: UnitId) -> IntakeRules {
    match &section.recruitment {
        Some(config) => mapping::intake_rules(config, unit),
        None => IntakeRules::for_unit(unit),
    }
}

/// Reads rules. A misspelt setting would leave something unscreened, so none is overlooked.
fn read_rules(text: &str, id: &SourceId) -> Result<RuleBook, String> {
    let table: Table =
        toml::from_str(text).map_err(|error| format!("has rules that are not TOML: {}", Slip::of(text, &error)))?;
    let rules: RuleBook =
        Value::Table(table.clone()).try_into().map_err(|error| format!("has rules that do not fit: {error}"))?;
    if rules.source != *id {
        return Err(format!("has the rules of `{}`", rules.source));
    }
    let understood = Table::try_from(&rules).map_err(|error| format!("has rules that cannot be shown: {error}"))?;
    match overlooked(&table, &understood) {
        Some(setting) => Err(format!("has rules with the unknown setting `{setting}`: mend its spelling")),
        None => Ok(rules),
    }
}

/// The first setting that was given and not understood.
fn overlooked(given: &Table, understood: &Table) -> Option<String> {
    given.iter().find_map(|(name, value)| match (value, understood.get(name)) {
        (_, None) => Some(name.clone()),
        (Value::Table(given), Some(Value::Table(understood))) => {
            overlooked(given, understood).map(|inner| format!("{name}.{inner}"))
        }
        _ => None,
    })
}

fn wrong(tenant: &TenantConfig, section: &SourceSection, problem: String) -> SetupError {
    SetupError::Source { tenant: tenant.id.clone(), id: section.id.clone(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"
        source = "gis-line"
        [usual]
        lenient_units = true
        units = { OPPM = "oppmaaling" }
        codes = { UO = { code = "UO", legal_basis = "Offl. § 13", hides = ["document"] } }
        [usual.case]
        kind = "ordinary"
        unit = "oppmaaling"
        [usual.entries.brev]
        kind = "outgoing"
        screening = { rule = "required" }
        [named.saarbart.case]
        unit = "arkiv"
    "#;

    fn read(text: &str) -> Result<RuleBook, String> {
        read_rules(text, &SourceId::new("gis-line").unwrap())
    }

    #[test]
    fn rules_are_read_from_toml() {
        let rules = read(RULES).unwrap();
        assert_eq!(rules.usual.units["OPPM"].as_str(), "oppmaaling");
        assert_eq!(rules.usual.codes["UO"].legal_basis(), "Offl. § 13");
        assert!(rules.pick(Some("saarbart")).is_some());
    }

    #[test]
    fn a_misspelt_rule_and_those_of_another_source_are_refused() {
        for (right, wrong, told) in [
            ("lenient_units", "lenientunits", "`usual.lenientunits`"),
            ("screening =", "screning =", "`usual.entries.brev.screning`"),
            ("named.saarbart.case", "named.saarbart.sak", "`named.saarbart.sak`"),
            ("source = \"gis-line\"", "source = \"komtek\"", "the rules of `komtek`"),
            ("\"required\"", "\"perhaps\"", "do not fit"),
        ] {
            let error = read(&RULES.replace(right, wrong)).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}

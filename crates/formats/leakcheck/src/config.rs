use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What is looked for, as data. The default looks for everything that the law keeps back and for nothing that is a matter of
/// taste. JSON form, for configuration: the fields' names; what is left out has its default, what is not known is refused.
///
/// ```
/// use sakarkiv_leakcheck::LeakConfig;
///
/// let config: LeakConfig = serde_json::from_str(r#"{"phones": true, "own_accounts": ["12345678911"]}"#).unwrap();
/// assert!(config.phones && !config.emails);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeakConfig {
    /// Bank account numbers.
    pub accounts: bool,
    /// E-mail addresses, of anybody.
    pub emails: bool,
    /// Telephone numbers, of anybody.
    pub phones: bool,
    /// Where the names of the case's people are looked for that nobody screens and that the entry does not show as parties.
    pub case_people: Reach,
    /// Where single parts of a screened name are looked for: `Kari`, `Testperson`.
    pub name_parts: Reach,
    /// Names with initials in place of first names: `K. Testperson`.
    pub initials: bool,
    /// What one entry of a case screens, in the case's other entries.
    pub across_entries: bool,
    /// Account numbers that may be read, such as the tenant's own; eleven digits.
    pub own_accounts: BTreeSet<String>,
    /// Domains whose e-mail addresses may be read, such as the tenant's own: `prøvebyen.kommune.no`.
    pub own_domains: BTreeSet<String>,
    /// Telephone numbers that may be read, such as the switchboard's; eight digits.
    pub own_phones: BTreeSet<String>,
    /// How much of a file is read.
    pub limits: Limits,
}

/// Where something is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Nowhere.
    Nowhere,
    /// In titles, names and the other texts of the record.
    Record,
    /// In the text of documents too.
    Everywhere,
}

/// How much is read of a document's file. More is a finding, never a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The largest file, in bytes.
    pub file: usize,
    /// The most bytes that all that is packed in a file may unpack to.
    pub unpacked: usize,
    /// The most text taken out of a file, in bytes.
    pub text: usize,
    /// The most parts of a file that is an archive.
    pub parts: usize,
}

impl Default for LeakConfig {
    fn default() -> Self {
        Self {
            accounts: true,
            emails: false,
            phones: false,
            case_people: Reach::Record,
            name_parts: Reach::Record,
            initials: true,
            across_entries: true,
            own_accounts: BTreeSet::new(),
            own_domains: BTreeSet::new(),
            own_phones: BTreeSet::new(),
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { file: 128 << 20, unpacked: 256 << 20, text: 32 << 20, parts: 4_096 }
    }
}

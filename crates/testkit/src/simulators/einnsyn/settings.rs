use std::time::Duration;

/// How the simulated eInnsyn behaves where installations differ or the sources leave a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Where the service believes to stand, for the download addresses of documents.
    pub base_url: String,
    /// Whether documents get a download address (`Dokumentobjekt.url`), which needs a proxy at the service.
    pub download_addresses: bool,
    /// Whether the guard recognises identity numbers of test populations. The real one most likely does not, so a
    /// publisher's own check must be the stricter one.
    pub guard_knows_synthetic: bool,
    /// How many unverified orders one e-mail address may have within [`unverified_window`](Self::unverified_window).
    pub unverified_orders: usize,
    /// See [`unverified_orders`](Self::unverified_orders).
    pub unverified_window: Duration,
    /// How long after its verification an order is sent on.
    pub delivery_delay: Duration,
    /// How many requests one order may hold.
    pub order_size: usize,
    /// Whether the address of a new order is written in lower case, which no route answers.
    pub lower_case_order_location: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: "https://api.einnsyn.test".to_owned(),
            download_addresses: true,
            guard_knows_synthetic: false,
            unverified_orders: 1,
            unverified_window: Duration::from_secs(3600),
            delivery_delay: Duration::ZERO,
            order_size: 50,
            lower_case_order_location: true,
        }
    }
}

/// A unit (Enhet) to be added by the test itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// Its organisation number; every unit has one of its own.
    pub organisation: String,
    /// The id of the unit above; without one it stands below the service's root.
    pub parent: Option<String>,
    /// Its codes, separated by semicolons (`enhetskode`).
    pub code: Option<String>,
    /// The version of order XML it wants.
    pub order_version: Option<u8>,
    /// Whether it gets orders by eFormidling instead of e-mail.
    pub e_formidling: bool,
}

impl Unit {
    /// A unit below the root that gets orders by e-mail.
    #[must_use]
    pub fn new(name: impl Into<String>, organisation: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            organisation: organisation.into(),
            parent: None,
            code: None,
            order_version: None,
            e_formidling: false,
        }
    }

    /// Below another unit.
    #[must_use]
    pub fn below(mut self, parent: &str) -> Self {
        self.parent = Some(parent.to_owned());
        self
    }

    /// With a code by which its parents' entries name it.
    #[must_use]
    pub fn with_code(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }

    /// With this version of order XML.
    #[must_use]
    pub const fn with_order_version(mut self, version: u8) -> Self {
        self.order_version = Some(version);
        self
    }

    /// With orders by eFormidling.
    #[must_use]
    pub const fn by_e_formidling(mut self) -> Self {
        self.e_formidling = true;
        self
    }
}

/// A unit that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddedUnit {
    /// Its eInnsyn id.
    pub id: String,
    /// Its API key.
    pub key: String,
}

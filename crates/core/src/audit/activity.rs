use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! activities {
    ($($(#[$doc:meta])* $variant:ident = $text:literal in $class:ident;)+) => {
        /// What was done. Open: an activity that another version wrote is kept and shown. JSON form: a word such as
        /// `permission_changed`.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        #[non_exhaustive]
        pub enum Activity {
            $($(#[$doc])* $variant,)+
            /// Another one, by its word.
            Other(String),
        }

        impl Activity {
            /// Every activity this version knows.
            pub const KNOWN: &[Self] = &[$(Self::$variant),+];

            /// Its word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(word) => word,
                }
            }

            /// In which of a tenant's logs it is written. One that this version does not know goes where things are kept
            /// longest.
            #[must_use]
            pub const fn log_class(&self) -> LogClass {
                match self {
                    $(Self::$variant => LogClass::$class,)+
                    Self::Other(_) => LogClass::KEPT_LONGEST,
                }
            }
        }

        impl From<String> for Activity {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($text => Self::$variant,)+
                    _ => Self::Other(word),
                }
            }
        }
    };
}

activities! {
    /// Registered.
    Created = "created" in AccessAndProcessing;
    /// Changed.
    Changed = "changed" in AccessAndProcessing;
    /// Moved to another status.
    StatusChanged = "status_changed" in AccessAndProcessing;
    /// Deleted.
    Deleted = "deleted" in AccessAndProcessing;
    /// Read.
    Read = "read" in AccessAndProcessing;
    /// Printed.
    Printed = "printed" in AccessAndProcessing;
    /// Exported.
    Exported = "exported" in AccessAndProcessing;
    /// Given, changed or taken away a right.
    PermissionChanged = "permission_changed" in Administration;
    /// Gave somebody a right (R2.4).
    GrantGiven = "grant_given" in Administration;
    /// Ended somebody's right: taken back, or its time was over (R2.6).
    GrantEnded = "grant_ended" in Administration;
    /// Asked for access (R2.4).
    AccessRequested = "access_requested" in Administration;
    /// Decided on a request for access, for or against (R2.5).
    AccessDecided = "access_decided" in Administration;
    /// Reviewed roles or accesses (R2.8).
    ReviewDone = "review_done" in Administration;
    /// Let the due date of a review pass (R2.8).
    ReviewOverdue = "review_overdue" in Administration;
    /// Took access in an emergency, before anybody decided.
    EmergencyAccess = "emergency_access" in Security;
    /// Logged in.
    LoggedIn = "logged_in" in Security;
    /// Logged out.
    LoggedOut = "logged_out" in Security;
    /// Failed to log in.
    LoginFailed = "login_failed" in Security;
    /// Attempted what was not allowed.
    AccessRefused = "access_refused" in Security;
    /// Did what breaks the rules of use, found afterwards.
    RulesViolated = "rules_violated" in Security;
    /// Accepted for dispatch.
    Accepted = "accepted" in Channel;
    /// Sent.
    Sent = "sent" in Channel;
    /// A delivery moved on.
    DeliveryChanged = "delivery_changed" in Channel;
    /// Received.
    Received = "received" in Channel;
    /// Set aside in reception.
    SetAside = "set_aside" in Channel;
    /// Contacted somebody about unopened mail: a reminder, a call (R5.6).
    Reminded = "reminded" in Channel;
    /// Made a report of what lies unopened and what failed (R5.3).
    Reported = "reported" in Channel;
    /// Published.
    Published = "published" in AccessAndProcessing;
    /// Withdrawn from publication.
    Withdrawn = "withdrawn" in AccessAndProcessing;
    /// Kept from the public journal by a person's word, an entry or a file of it (R7.1).
    PublicationStopped = "publication_stopped" in AccessAndProcessing;
    /// Let into the public journal again after such a word.
    PublicationResumed = "publication_resumed" in AccessAndProcessing;
    /// Released a finding of the leak check (R7.7).
    FindingReleased = "finding_released" in AccessAndProcessing;
    /// Compared the public journal with what shall stand there, and found differences.
    PublicationCompared = "publication_compared" in Channel;
    /// Changed settings.
    Configured = "configured" in Administration;
    /// Read or searched the log (R3.5).
    LogRead = "log_read" in Security;
    /// Exported the log (R3.5).
    LogExported = "log_exported" in Security;
    /// Erased the content of a field of the log.
    LogFieldErased = "log_field_erased" in Security;
    /// Changed how long the log is kept (R3.3).
    RetentionChanged = "retention_changed" in Security;
    /// Signed a checkpoint of the log (R3.6).
    CheckpointSigned = "checkpoint_signed" in Security;
    /// Pruned the log by retention (R3.6).
    LogPruned = "log_pruned" in Security;
}

/// The logs a tenant has: one for each kind of keeping, so that each can be pruned from its beginning. JSON form: a word
/// such as `access_and_processing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogClass {
    /// Log-ins, refusals, emergency access, and what is done with the log itself.
    Security,
    /// Who read, changed, printed or exported which record.
    AccessAndProcessing,
    /// Rights, reviews and settings.
    Administration,
    /// What came in and went out.
    Channel,
}

impl LogClass {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::Security, Self::AccessAndProcessing, Self::Administration, Self::Channel];

    /// The class that must be kept at least as long as any other. What this version cannot place goes here, so that it is
    /// never lost too early.
    pub const KEPT_LONGEST: Self = Self::AccessAndProcessing;

    /// Its word, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::AccessAndProcessing => "access_and_processing",
            Self::Administration => "administration",
            Self::Channel => "channel",
        }
    }

    /// The class of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }
}

impl fmt::Display for LogClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Activity> for String {
    fn from(activity: Activity) -> Self {
        match activity {
            Activity::Other(word) => word,
            known => known.as_str().to_owned(),
        }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

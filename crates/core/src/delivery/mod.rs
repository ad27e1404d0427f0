//! Letters and their deliveries: what is sent, to whom, and how far it has come (R4.1, R4.5; design of the delivery
//! engine). The rules by which a delivery moves are the engine's; its states are part of the vocabulary because stores
//! keep them and reports show them.

mod letter;
mod options;
mod signing;
mod state;
mod trouble;

pub use letter::{Letter, LetterDocument, LetterOptions, Priority, Recipient, Reference, RemoteId, Sender};
pub use options::{
    ExternalReference, Language, Message, Notification, NotificationChannel, NotificationRecipient, NotificationText,
    Reminder, ReplyLink,
};
pub use signing::{
    OrderOfReturn, SignatureStrength, Signing, SigningOrder, SigningStage, SigningStatus, order_of_return,
};
pub use state::{Delivery, DeliveryState, FailureCause, WorkKind};
pub use trouble::{Trouble, TroubleKind, TroubleLimits, remedy_of, remedy_of_signing, trouble};

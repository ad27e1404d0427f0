use super::einnsyn::Action;

/// One call of a simulated interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Maskinporten: a token for an assertion.
    Token,
    /// SvarUt v3: to a person.
    SendPerson,
    /// SvarUt v3: to an organisation.
    SendOrganisation,
    /// SvarUt v3: into the health network.
    SendHealthNetwork,
    /// SvarUt v3: straight to paper.
    SendPrint,
    /// SvarUt v2: to anybody.
    SendV2,
    /// SvarUt v3: status of several.
    Status,
    /// SvarUt v2: status of several.
    StatusV2,
    /// Event log of one shipment.
    History,
    /// Signing log of one shipment.
    SigningHistory,
    /// Documents of one shipment.
    Metadata,
    /// Ids under the sender's reference.
    Find,
    /// Ids, dates and status under the sender's reference.
    FindWithMetadata,
    /// Read in another system.
    MarkRead,
    /// Delete the documents of one shipment.
    DeleteDocuments,
    /// The predefined message types.
    MessageTypes,
    /// Who receives for an organisation.
    ReceiverSystems,
    /// What a recipient needs to answer.
    ReplyMetadata,
    /// The certificate to encrypt for.
    Certificate,
    /// Old credentials for new ones.
    Migrate,
    /// SvarInn V1 or V2: what waits.
    List,
    /// SvarInn V1 or V2: the content of one.
    Download,
    /// SvarInn V1 or V2: taken in.
    Acknowledge,
    /// SvarInn V1 or V2: could not be taken in. V2 has one address for this and the acknowledgement, which counts as
    /// [`Acknowledge`](Self::Acknowledge) there.
    Refuse,
    /// Altinn: a Maskinporten token for one of Altinn's own.
    TokenExchange,
    /// Altinn: a message without files of its own.
    Initialize,
    /// Altinn: a message together with its files.
    InitializeUpload,
    /// Altinn: the ids of messages under one resource.
    Correspondences,
    /// Altinn: one message.
    Overview,
    /// Altinn: one message with its history.
    Details,
    /// Altinn: the body of one message, which marks it as read.
    ReadContent,
    /// Altinn: marks one message as read.
    MarkAsRead,
    /// Altinn: confirms one message.
    Confirm,
    /// Altinn: deletes one message for good.
    Purge,
    /// Altinn: forwards one message by e-mail.
    Forward,
    /// Altinn: one attachment, or all of them, as the recipient gets them.
    DownloadAttachment,
    /// Altinn: whether unread confidential mail waits.
    ConfidentialReminders,
    /// Altinn: makes room for an attachment.
    CreateAttachment,
    /// Altinn: the bytes of an attachment.
    UploadAttachment,
    /// Altinn: one attachment as its sender sees it, with or without history or bytes.
    AttachmentStatus,
    /// Altinn: deletes an unused attachment.
    DeleteAttachment,
    /// Altinn: the virus scanner tells its verdict.
    ScanResult,
    /// Altinn: resources and their policies (Resource Registry).
    Resources,
    /// Altinn: who may do what (access management).
    AccessManagement,
    /// Altinn: event subscriptions.
    Subscriptions,
    /// eInnsyn: one of its calls.
    EInnsyn(Action),
    /// JobbNorge: the public list of vacancies.
    Jobs,
    /// A recruitment system: what it delivers.
    Deliveries,
    /// A recruitment system: the bytes of one file.
    DeliveryFile,
    /// A recruitment system: takes a receipt.
    DeliveryReceipt,
    /// An address or method that the interface does not have.
    Unrecognised,
}

impl Operation {
    /// Whether the call sends a letter.
    #[must_use]
    pub const fn is_send(self) -> bool {
        matches!(
            self,
            Self::SendPerson
                | Self::SendOrganisation
                | Self::SendHealthNetwork
                | Self::SendPrint
                | Self::SendV2
                | Self::Initialize
                | Self::InitializeUpload
        )
    }
}

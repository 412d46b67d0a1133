package import JSON
package import Models

/// What one attempt sends: everything that the call needs, and nothing that outlives it.
package struct SendOrder: Sendable {
    package let reference: AttemptReference
    /// E.164 with its plus sign: without it Meta puts the sender's own country code in front. For Meta it may be a
    /// business-scoped user id too.
    package let recipient: String
    /// As `Storage` keeps it: `{"type":"template",…}`.
    package let content: JSONValue
    /// Meta's id of the sending number; Twilio's From address, `whatsapp:+14155550100`.
    package let phoneNumberID: String
    /// Meta's access token; Twilio's auth token.
    package let accessToken: String
    /// Ours; Twilio's receipts come back to an address that names it.
    package var senderID: SenderID?
    /// Meta's WhatsApp Business Account; Twilio's AccountSid.
    package var accountID = ""
    /// Twilio's `MG…`, when the sender is a pool.
    package var messagingServiceID: String?
    /// Twilio's ContentSid of the template.
    package var providerTemplateID: String?
    /// How long the provider may keep the message waiting; nil: as long as it likes.
    package var validFor: Duration?

    package init(
        reference: AttemptReference, recipient: String, content: JSONValue, phoneNumberID: String, accessToken: String
    ) {
        self.reference = reference
        self.recipient = recipient
        self.content = content
        self.phoneNumberID = phoneNumberID
        self.accessToken = accessToken
    }
}

/// Our row says something we cannot send; a bug of ours, found before anything left.
package struct UnsendableContent: Error, Sendable {
    package let reason: String

    /// No further try of the same row would do better.
    var outcome: SendOutcome {
        .refused(
            ProviderError(code: ProviderError.unsendableCode, details: "Tidings could not build the request: \(reason)."))
    }
}

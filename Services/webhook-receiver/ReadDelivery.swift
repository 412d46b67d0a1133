import EventBus
import Models
import Storage
import WhatsApp

/// A durable delivery, taken apart.
struct ReadDelivery: Sendable {
    let provider: Provider
    let account: String
    let receivedAt: Timestamp
    let body: [UInt8]
    /// The header with which the provider signed it; nil for what waited for its message.
    let signature: String?
    /// What it may be about; nil: anything.
    let confinement: Confinement?
    private(set) var statuses: [ReadStatus] = []
    private(set) var inbound: [ReadInbound] = []
    private(set) var notices: [MetaWebhook.Notice] = []
    private(set) var preferences: [ReadPreference] = []
    /// What could not be read, in words without content.
    private(set) var problems: [String] = []

    init(_ record: WebhookRecord) {
        provider = Provider(rawValue: record.provider) ?? .meta
        account = record.account
        receivedAt = record.receivedAt
        body = record.body
        signature = WebhookEvidence.signature(of: record)
        confinement = Confinement(record)
        switch provider {
        case .meta: take(MetaWebhook(body: record.body, receivedAt: record.receivedAt))
        case .twilio: take(twilio: record)
        }
    }

    init(parked: ParkedReceiptStore.Taken) {
        provider = parked.provider
        account = ""
        receivedAt = parked.parkedAt
        body = parked.body
        signature = nil
        confinement = nil
        switch provider {
        case .meta: take(MetaWebhook(body: parked.body, receivedAt: parked.parkedAt))
        case .twilio:
            if let parked = TwilioWebhook.Parked(parked.body, parkedAt: parked.parkedAt) {
                statuses = [ReadStatus(parked)]
            } else {
                problems = ["a parked callback cannot be read"]
            }
        }
    }

    private mutating func take(_ webhook: MetaWebhook) {
        statuses = webhook.statuses.map { .meta($0) }
        inbound = webhook.inbound.map { ReadInbound($0) }
        notices = webhook.notices.filter { notice in confinement?.accounts.contains(notice.account) ?? true }
        preferences = notices.flatMap { notice in
            guard let number = notice.phoneNumberID else { return [ReadPreference]() }
            return MetaPreference.read(notice, receivedAt: receivedAt).map {
                ReadPreference(owner: .phoneNumber(number), preference: $0)
            }
        }
        problems = webhook.problems
    }

    private mutating func take(twilio record: WebhookRecord) {
        guard let facts = TwilioFacts(record) else {
            problems = ["a callback without its sender"]
            return
        }
        let webhook = TwilioWebhook(
            body: record.body, contentType: facts.contentType, isInbound: facts.isInbound,
            receivedAt: record.receivedAt)
        if let status = webhook.status { statuses = [.twilio(status, facts.owner, facts.reference)] }
        if let message = webhook.inbound { inbound = [ReadInbound(message, facts.owner)] }
        problems = webhook.problem.map { [$0] } ?? []
    }

    var record: WebhookDelivery {
        var delivery = WebhookDelivery(provider: provider, account: account, receivedAt: receivedAt, body: body)
        delivery.statuses = statuses.count
        delivery.inbound = inbound.count
        // Words of our own, without content.
        delivery.problem = problems.isEmpty ? nil : problems.prefix(5).joined(separator: "; ")
        return delivery
    }
}

/// Whose a piece of news is: told by the provider's number, or known since the callback's address was proven.
enum NewsOwner: Sendable, Hashable {
    case phoneNumber(String)
    case known(SenderOwner)

    func found(in owners: [String: SenderOwner]) -> SenderOwner? {
        switch self {
        case .phoneNumber(let number): owners[number]
        case .known(let owner): owner
        }
    }
}

/// One status of one message, whoever the provider is.
enum ReadStatus: Sendable {
    case meta(MetaWebhook.Status)
    case twilio(TwilioWebhook.Status, SenderOwner, AttemptReference?)

    init(_ parked: TwilioWebhook.Parked) {
        self = .twilio(
            parked.status, SenderOwner(tenantID: parked.tenantID, senderID: parked.senderID), parked.reference)
    }

    var owner: NewsOwner {
        switch self {
        case .meta(let status): .phoneNumber(status.phoneNumberID)
        case .twilio(_, let owner, _): .known(owner)
        }
    }

    func receipt(of owner: SenderOwner, tag: Int) -> IncomingReceipt {
        switch self {
        case .meta(let status):
            IncomingReceipt(
                tenantID: owner.tenantID, provider: .meta, providerMessageID: status.providerMessageID,
                messageID: status.reference?.messageID, attempt: status.reference?.attempt, status: status.status,
                word: status.statusWord, at: status.at, error: status.error, pricing: status.pricing, tag: tag)
        case .twilio(let status, _, let reference):
            IncomingReceipt(
                tenantID: owner.tenantID, provider: .twilio, providerMessageID: status.providerMessageID,
                messageID: reference?.messageID, attempt: reference?.attempt, status: status.status.receipt,
                word: status.status.word, at: status.at, error: status.error, pricing: status.pricing, tag: tag)
        }
    }

    /// Put aside until its message is known, as something that reads back as this status.
    func parked(_ reason: ParkedReceipt.Reason, tenantID: TenantID?) -> ParkedReceipt {
        switch self {
        case .meta(let status):
            ParkedReceipt(
                tenantID: tenantID, provider: .meta, providerMessageID: status.providerMessageID,
                word: status.statusWord, at: status.at,
                body: MetaWebhook.body(ofStatus: status.raw, phoneNumberID: status.phoneNumberID), reason: reason)
        case .twilio(let status, let owner, let reference):
            ParkedReceipt(
                tenantID: tenantID, provider: .twilio, providerMessageID: status.providerMessageID,
                word: status.status.word, at: status.at,
                body: TwilioWebhook.Parked(
                    status: status, tenantID: owner.tenantID, senderID: owner.senderID, reference: reference
                ).body,
                reason: reason)
        }
    }
}

/// What a customer wrote, whoever brought it.
struct ReadInbound: Sendable {
    let owner: NewsOwner
    let providerMessageID: String
    let from: String?
    let fromUserID: String?
    let type: String
    let at: Timestamp
    let raw: [UInt8]
    let texts: [String]
    let profileName: String?
    let username: String?

    var person: NamedPerson? {
        NamedPerson(number: from, userID: fromUserID, profileName: profileName, username: username)
    }

    init(_ message: MetaWebhook.Inbound) {
        owner = .phoneNumber(message.phoneNumberID)
        (texts, profileName, username) = (message.texts, message.profileName, message.username)
        (providerMessageID, from, fromUserID) = (message.providerMessageID, message.from, message.fromUserID)
        (type, at, raw) = (message.type, message.at, message.raw)
    }

    init(_ message: TwilioWebhook.Inbound, _ owner: SenderOwner) {
        self.owner = .known(owner)
        (texts, profileName, username) = (message.texts, message.profileName, nil)
        (providerMessageID, from, fromUserID) = (message.providerMessageID, message.from, message.fromUserID)
        (type, at, raw) = (message.type, message.at, message.raw)
    }
}

/// What somebody switched off or on in WhatsApp itself.
struct ReadPreference: Sendable {
    let owner: NewsOwner
    let preference: MetaPreference

    var person: NamedPerson? {
        NamedPerson(
            number: preference.number, userID: preference.userID, profileName: preference.profileName)
    }
}

package import Models
package import Postgres

/// What a provider said about one message of a known tenant.
package struct IncomingReceipt: Sendable {
    package let tenantID: TenantID
    package let provider: Provider
    package let providerMessageID: ProviderMessageID
    /// What our own reference names; nil when the provider left it out or it is not ours.
    package let messageID: MessageID?
    package let attempt: Int?
    /// Nil for a status we do not know: kept as an event under its own word.
    package let status: ReceiptStatus?
    package let word: String
    package let at: Timestamp
    package let error: ProviderError?
    /// JSON as it came.
    package let pricing: [UInt8]?
    /// The caller's number for it.
    package let tag: Int
    /// Word by word, where the tenant keeps that.
    package var raw: RawReceipt?

    package init(
        tenantID: TenantID,
        provider: Provider = .meta,
        providerMessageID: ProviderMessageID,
        messageID: MessageID?,
        attempt: Int?,
        status: ReceiptStatus?,
        word: String,
        at: Timestamp,
        error: ProviderError? = nil,
        pricing: [UInt8]? = nil,
        tag: Int
    ) {
        self.tenantID = tenantID
        self.provider = provider
        self.providerMessageID = providerMessageID
        self.messageID = messageID
        self.attempt = attempt
        self.status = status
        self.word = word
        self.at = at
        self.error = error
        self.pricing = pricing
        self.tag = tag
    }
}

/// What the tenants have written down for failures, read before the batch.
package struct ReceiptRules: Sendable {
    package let retryPolicies: [TenantID: RetryPolicy]
    /// Of the tenants that wrote one down.
    package let unansweredPolicies: [TenantID: UnansweredPolicy]
    /// Of the others.
    package let unanswered: UnansweredPolicy
    /// 1 in production.
    package let timeScale: Double

    package init(
        retryPolicies: [TenantID: RetryPolicy] = [:],
        unansweredPolicies: [TenantID: UnansweredPolicy] = [:],
        unanswered: UnansweredPolicy = .standard,
        timeScale: Double = 1
    ) {
        self.retryPolicies = retryPolicies
        self.unansweredPolicies = unansweredPolicies
        self.unanswered = unanswered
        self.timeScale = timeScale
    }
}

/// What became of a batch.
package struct AppliedReceipts: Sendable {
    /// For Kafka, after the commit.
    package var events: [LifecycleEvent] = []
    /// Tags of the receipts that moved a message.
    package var movedBy: [Int] = []
    /// Tags of the receipts whose message nobody of ours knows (yet).
    package var unknown: [Int] = []
    /// Failures that may concern other messages too, one a message.
    package var refusals: [ReceiptRefusal] = []
    /// How many were to be kept word by word and were not: their tenant has no data key that opens.
    package var unsealed = 0

    package mutating func append(_ other: AppliedReceipts) {
        refusals += other.refusals
        events += other.events
        movedBy += other.movedBy
        unknown += other.unknown
        unsealed += other.unsealed
    }
}

/// A failure that a receipt told of, and what it means.
package struct ReceiptRefusal: Sendable, Hashable {
    package let tenantID: TenantID
    package let messageID: MessageID
    package let senderID: SenderID
    package let templateID: TemplateID?
    package let error: ErrorClassification
}

/// Who owns a phone number of the provider's.
package struct SenderOwner: Sendable, Hashable {
    package let tenantID: TenantID
    package let senderID: SenderID

    package init(tenantID: TenantID, senderID: SenderID) {
        self.tenantID = tenantID
        self.senderID = senderID
    }
}

/// Applies receipts: each is a floor under what is known, so their order and number do not matter.
package struct ReceiptStore: Sendable {
    /// Messages of one transaction: enough to share its costs, few enough to hold locks only for milliseconds.
    package static let messagesPerTransaction = 500

    private let database: Database
    private let secrets: SecretStore

    /// - Parameters:
    ///   - database: a pool of the service role whose sessions are pinned to index plans.
    ///   - secrets: seals what tenants keep word by word.
    package init(_ database: Database, _ secrets: SecretStore) {
        self.database = database
        self.secrets = secrets
    }

    /// Applies them all, in transactions of at most `messagesPerTransaction` messages. Applying the same again changes
    /// no state and no count; it only adds to the timeline.
    package func apply(_ receipts: [IncomingReceipt], rules: ReceiptRules) async throws(DatabaseError)
        -> AppliedReceipts
    {
        let secrets = secrets
        var applied = AppliedReceipts()
        let groups = try await group(receipts, &applied)
        var first = 0
        while first < groups.count {
            let chunk = Array(groups[first..<min(first + Self.messagesPerTransaction, groups.count)])
            first += chunk.count
            let outcome = try await database.transaction { connection in
                try ReceiptWriter.write(chunk, rules: rules, secrets: secrets, on: connection)
            }
            applied.append(outcome)
        }
        return applied
    }

    /// Owners of phone numbers; a number nobody has is missing from the answer.
    package func owners(of phoneNumberIDs: [String]) async throws(DatabaseError) -> [String: SenderOwner] {
        guard !phoneNumberIDs.isEmpty else { return [:] }
        var owners: [String: SenderOwner] = [:]
        for row in try await database.rows(
            "SELECT phone_number_id, tenant_id, sender_id FROM senders_of_phone_numbers(\(phoneNumberIDs))"
        ) {
            owners[try row.value("phone_number_id")] = SenderOwner(
                tenantID: try row.value("tenant_id"),
                senderID: try row.value("sender_id")
            )
        }
        return owners
    }

    /// Tenants that keep what their provider said word by word.
    package func keepersOfRawReceipts() async throws(DatabaseError) -> Set<TenantID> {
        let rows = try await database.rows("SELECT tenant_id FROM keepers_of_raw_receipts()")
        return Set(try Connection.decoded { try rows.map { try $0.value("tenant_id") } })
    }

    /// Nil when there is no such tenant.
    package func tenantRules(of tenantID: TenantID) async throws(DatabaseError) -> TenantRules? {
        try await TenantRulesStore(database, isPlatform: false).rules(of: tenantID)
    }

    /// One group a message, in the order in which everybody locks. What has no reference of ours is looked up by the
    /// provider's id, among the attempts of the tenant whose number it came for.
    private func group(
        _ receipts: [IncomingReceipt],
        _ applied: inout AppliedReceipts
    ) async throws(DatabaseError) -> [ReceiptGroup] {
        var groups: [ReceiptGroup.Key: [ReceiptGroup.Named]] = [:]
        groups.reserveCapacity(receipts.count)
        var nameless: [IncomingReceipt] = []
        for receipt in receipts {
            if let messageID = receipt.messageID, let attempt = receipt.attempt {
                let key = ReceiptGroup.Key(tenantID: receipt.tenantID, messageID: messageID)
                groups[key, default: []].append(ReceiptGroup.Named(receipt: receipt, attempt: attempt))
            } else {
                nameless.append(receipt)
            }
        }
        let known = try await attempts(of: nameless)
        for receipt in nameless {
            if let found = known[ProviderKey(receipt)] {
                let key = ReceiptGroup.Key(tenantID: receipt.tenantID, messageID: found.messageID)
                groups[key, default: []].append(ReceiptGroup.Named(receipt: receipt, attempt: found.attempt))
            } else {
                applied.unknown.append(receipt.tag)
            }
        }
        return groups.map { ReceiptGroup(key: $0.key, receipts: $0.value) }.sorted { $0.key < $1.key }
    }

    private struct ProviderKey: Hashable {
        let tenantID: TenantID
        let providerMessageID: String

        init(_ receipt: IncomingReceipt) {
            self.init(receipt.tenantID, receipt.providerMessageID.text)
        }

        init(_ tenantID: TenantID, _ providerMessageID: String) {
            self.tenantID = tenantID
            self.providerMessageID = providerMessageID
        }
    }

    private func attempts(
        of receipts: [IncomingReceipt]
    ) async throws(DatabaseError) -> [ProviderKey: (messageID: MessageID, attempt: Int)] {
        guard !receipts.isEmpty else { return [:] }
        let ids = Set(receipts.map(\.providerMessageID.text)).sorted()
        let answers = try await database.pipeline([
            .actFor(receipts.map(\.tenantID)),
            """
            SELECT tenant_id, message_id, number, provider_message_id FROM attempts
            WHERE provider_message_id = ANY (\(ids))
            """,
        ])
        var known: [ProviderKey: (MessageID, Int)] = [:]
        for row in answers.last ?? [] {
            let key = ProviderKey(try row.value("tenant_id"), try row.value("provider_message_id"))
            known[key] = (try row.value("message_id"), Int(try row.value("number", as: Int16.self)))
        }
        return known
    }
}

/// All receipts of one message in a batch.
struct ReceiptGroup: Sendable {
    struct Key: Hashable, Comparable, Sendable {
        let tenantID: TenantID
        let messageID: MessageID

        static func < (left: Key, right: Key) -> Bool {
            (left.tenantID, left.messageID) < (right.tenantID, right.messageID)
        }
    }

    struct Named: Sendable {
        let receipt: IncomingReceipt
        let attempt: Int
    }

    let key: Key
    let receipts: [Named]
}

package import Models
internal import Postgres

/// A sender as its owner sees it: of its secrets only whether they are there.
package struct SenderRecord: Sendable {
    package let id: SenderID
    package let name: String
    package let provider: Provider
    package let status: SenderStatus
    package let isDefault: Bool
    package let displayPhoneNumber: String
    package let phoneNumberID: String
    package let accountID: String
    package let messagingServiceID: String?
    package let portfolioID: String?
    package let hasAppSecret: Bool
    /// Until then the app secret of before signs too.
    package let previousAppSecretUntil: Timestamp?
    package let hasVerifyToken: Bool
    package let messagesPerSecond: Int
    package let inFlightMax: Int
    package let pairBurst: Int
    /// Nil: nobody counts the recipients.
    package let tier: MessagingTier?
    package let verifiedAt: Timestamp?
    package let verifiedName: String?
    package let providerStatus: String?
    package let qualityRating: String?
    package let throughput: String?
    /// AVAILABLE, LIMITED, BLOCKED: whether the provider lets it send.
    package let canSend: String?
    /// Regular checks in a row without an answer that vouches for it.
    package let checksFailed: Int
    package let problem: SenderTrouble?
    package let tokenExpiresAt: Timestamp?
    package let tokenCheckedAt: Timestamp?
    package let tokenScopes: [String]?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    static let columns: SQL = """
        s.id, s.name, s.provider, s.status, s.is_default, s.display_phone_number, s.phone_number_id, s.waba_id,
        s.messaging_service_id, s.portfolio_id, s.app_secret_sealed IS NOT NULL AS has_app_secret,
        CASE WHEN s.previous_app_secret_until > now() THEN s.previous_app_secret_until END AS previous_app_secret_until,
        s.verify_token_sealed IS NOT NULL AS has_verify_token, s.messages_per_second, s.in_flight_max, s.pair_burst,
        p.id IS NOT NULL AS is_counted, p.recipients_max, s.verified_at, s.verified_name, s.provider_status,
        s.quality_rating, s.throughput, s.can_send, s.checks_failed, s.verification_problem, s.token_expires_at,
        s.token_checked_at, s.token_scopes, s.created_at, s.updated_at
        """

    static let source: SQL =
        "senders s LEFT JOIN portfolios p ON p.id = portfolio_of(s.portfolio_id, s.waba_id)"

    init(_ row: Row) throws(DatabaseError) {
        guard let provider = Provider(rawValue: try row.value("provider")),
            let status = SenderStatus(rawValue: try row.value("status"))
        else { throw .decoding("a sender's provider or status that this program does not know") }
        id = try row.value("id")
        name = try row.value("name")
        self.provider = provider
        self.status = status
        isDefault = try row.value("is_default")
        displayPhoneNumber = try row.value("display_phone_number")
        phoneNumberID = try row.value("phone_number_id")
        accountID = try row.value("waba_id")
        messagingServiceID = try row.value("messaging_service_id")
        portfolioID = try row.value("portfolio_id")
        hasAppSecret = try row.value("has_app_secret")
        previousAppSecretUntil = try row.value("previous_app_secret_until")
        hasVerifyToken = try row.value("has_verify_token")
        messagesPerSecond = Int(try row.value("messages_per_second", as: Int32.self))
        inFlightMax = Int(try row.value("in_flight_max", as: Int32.self))
        pairBurst = Int(try row.value("pair_burst", as: Int16.self))
        let recipientsMax = try row.value("recipients_max", as: Int32?.self)
        let isCounted: Bool = try row.value("is_counted")
        tier = isCounted ? recipientsMax.map { .recipients(Int($0)) } ?? .unlimited : nil
        verifiedAt = try row.value("verified_at")
        verifiedName = try row.value("verified_name")
        providerStatus = try row.value("provider_status")
        qualityRating = try row.value("quality_rating")
        throughput = try row.value("throughput")
        canSend = try row.value("can_send")
        checksFailed = Int(try row.value("checks_failed", as: Int16.self))
        problem = try row.value("verification_problem", as: String?.self).map { SenderTrouble(rawValue: $0) ?? .refused }
        tokenExpiresAt = try row.value("token_expires_at")
        tokenCheckedAt = try row.value("token_checked_at")
        tokenScopes = try row.value("token_scopes")
        createdAt = try row.value("created_at")
        updatedAt = try row.value("updated_at")
    }
}

/// A sender to be taken on, its secrets sealed.
package struct NewSender: Sendable {
    package var id: SenderID
    package var name: String
    package var provider: Provider
    package var isDefault: Bool?
    package var displayPhoneNumber: String
    package var phoneNumberID: String
    package var accountID: String
    package var messagingServiceID: String?
    package var accessTokenSealed: [UInt8]
    package var appSecretSealed: [UInt8]?
    package var verifyTokenSealed: [UInt8]?
    package var messagesPerSecond: Int
    package var inFlightMax: Int
    package var pairBurst: Int

    package init(
        id: SenderID, name: String, provider: Provider, displayPhoneNumber: String, phoneNumberID: String,
        accountID: String, accessTokenSealed: [UInt8], messagesPerSecond: Int = 80, inFlightMax: Int = 64,
        pairBurst: Int = 45
    ) {
        self.id = id
        self.name = name
        self.provider = provider
        self.displayPhoneNumber = displayPhoneNumber
        self.phoneNumberID = phoneNumberID
        self.accountID = accountID
        self.accessTokenSealed = accessTokenSealed
        self.messagesPerSecond = messagesPerSecond
        self.inFlightMax = inFlightMax
        self.pairBurst = pairBurst
    }
}

/// What is to be changed of a sender; what is nil stays.
package struct SenderChange: Sendable {
    package enum Secret: Sendable {
        case keep
        case set([UInt8])
        case remove

        var isKept: Bool {
            switch self {
            case .keep: true
            case .set, .remove: false
            }
        }

        var value: Bytes? {
            switch self {
            case .set(let sealed): Bytes(sealed)
            case .keep, .remove: nil
            }
        }
    }

    package var name: String?
    package var status: SenderStatus?
    package var isDefault: Bool?
    package var messagesPerSecond: Int?
    package var inFlightMax: Int?
    package var pairBurst: Int?
    package var accessTokenSealed: [UInt8]?
    /// The one of before goes on signing for a while.
    package var appSecret = Secret.keep
    package var verifyToken = Secret.keep
    package var tier: MessagingTier?
    /// What the provider said of a new token.
    package var report: SenderReport?

    package init() {}
}

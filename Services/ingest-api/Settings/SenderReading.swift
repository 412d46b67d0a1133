import APIKit
import Crypto
import HTTPServer
import JSON
import Models
import PhoneNumbers
import Runtime
import Storage
import WhatsApp

/// A sender as a caller wants to have it.
struct WantedSender: Sendable {
    static let fields = [
        "name", "provider", "phone_number_id", "account_id", "access_token", "messaging_service_id", "is_default",
        "display_phone_number", "app_secret", "verify_token", "messages_per_second", "in_flight_max", "pair_burst",
    ]

    private let name: String
    private let provider: Provider
    private let phoneNumberID: String
    private let accountID: String
    private let accessToken: Secret
    private let messagingServiceID: String?
    private let isDefault: Bool?
    private let displayPhoneNumber: String?
    private let appSecret: Secret?
    private let verifyToken: Secret?
    private let messagesPerSecond: Int
    private let inFlightMax: Int
    private let pairBurst: Int

    init(_ root: JSONValue) throws {
        var problems = FieldProblems()
        let reader = FieldReader(root, known: Self.fields, problems: &problems)
        provider = SenderWords.provider(reader, &problems)
        name = SenderWords.name(reader, isRequired: true, &problems) ?? ""
        phoneNumberID = SenderWords.number(of: provider, reader, &problems) ?? ""
        accountID = SenderWords.account(of: provider, reader, &problems) ?? ""
        accessToken = SenderWords.secret("access_token", reader, isRequired: true, &problems) ?? Secret("")
        messagingServiceID = SenderWords.messagingService(of: provider, reader, &problems)
        isDefault = reader.boolean("is_default", &problems)
        displayPhoneNumber = SenderWords.displayNumber(reader, &problems)
        appSecret = SenderWords.secret("app_secret", reader, &problems)
        verifyToken = SenderWords.secret("verify_token", reader, &problems)
        messagesPerSecond = SenderWords.rate(reader, &problems) ?? 80
        inFlightMax = SenderWords.inFlight(reader, &problems) ?? 64
        pairBurst = SenderWords.pairBurst(reader, &problems) ?? 45
        if !problems.isEmpty { throw Problem.refused(problems.all) }
    }

    var checked: CheckedSender {
        CheckedSender(
            provider: provider, phoneNumberID: phoneNumberID, accountID: accountID,
            messagingServiceID: messagingServiceID, accessToken: accessToken.reveal())
    }

    func sealed(
        as id: SenderID, tenantID: TenantID, _ secrets: SecretStore, _ sealedDataKey: [UInt8]
    ) throws(SealError) -> NewSender {
        func seal(_ secret: Secret, _ purpose: SecretPurpose) throws(SealError) -> [UInt8] {
            try secrets.seal(secret, for: purpose, tenantID: tenantID, sealedDataKey: sealedDataKey)
        }
        var new = NewSender(
            id: id, name: name, provider: provider,
            displayPhoneNumber: displayPhoneNumber ?? String(phoneNumberID.trimmingPrefix("whatsapp:")),
            phoneNumberID: phoneNumberID, accountID: accountID, accessTokenSealed: try seal(accessToken, .accessToken(id)),
            messagesPerSecond: messagesPerSecond, inFlightMax: inFlightMax, pairBurst: pairBurst)
        new.isDefault = isDefault
        new.messagingServiceID = messagingServiceID
        if let appSecret { new.appSecretSealed = try seal(appSecret, .appSecret(id)) }
        if let verifyToken { new.verifyTokenSealed = try seal(verifyToken, .verifyToken(id)) }
        return new
    }
}

/// What a caller wants changed of a sender. What it is (number, account, provider) stays: another is another sender.
struct WantedSenderChange: Sendable {
    static let fields = [
        "name", "status", "is_default", "access_token", "app_secret", "verify_token", "messages_per_second",
        "in_flight_max", "pair_burst", "rate_limit_tier",
    ]

    let names: [String]
    let accessToken: Secret?
    private(set) var change = SenderChange()
    private let appSecret: Secret?
    private let verifyToken: Secret?
    private let removesAppSecret: Bool
    private let removesVerifyToken: Bool

    init(_ root: JSONValue) throws {
        var problems = FieldProblems()
        let reader = FieldReader(root, known: Self.fields, problems: &problems)
        names = Self.fields.filter { reader.has($0) || reader.isNull($0) }
        if names.isEmpty, problems.isEmpty {
            problems.note("nothing_to_change", nil, "Name at least one field with its new value.")
        }
        let removable = ["app_secret", "verify_token"]
        for field in names where reader.isNull(field) && !removable.contains(field) {
            problems.note("field_missing", field, "`\(field)` cannot be taken away.")
        }
        change.name = SenderWords.name(reader, isRequired: false, &problems)
        change.status = SenderWords.status(reader, &problems)
        change.isDefault = reader.boolean("is_default", &problems)
        change.messagesPerSecond = SenderWords.rate(reader, &problems)
        change.inFlightMax = SenderWords.inFlight(reader, &problems)
        change.pairBurst = SenderWords.pairBurst(reader, &problems)
        change.tier = SenderWords.tier(reader, &problems)
        accessToken = SenderWords.secret("access_token", reader, &problems)
        appSecret = SenderWords.secret("app_secret", reader, &problems)
        verifyToken = SenderWords.secret("verify_token", reader, &problems)
        removesAppSecret = reader.isNull("app_secret")
        removesVerifyToken = reader.isNull("verify_token")
        if !problems.isEmpty { throw Problem.refused(problems.all) }
        if removesAppSecret { change.appSecret = .remove }
        if removesVerifyToken { change.verifyToken = .remove }
    }

    var hasSecrets: Bool { accessToken != nil || appSecret != nil || verifyToken != nil }

    func seal(
        into change: inout SenderChange, of id: SenderID, tenantID: TenantID, _ secrets: SecretStore,
        _ sealedDataKey: [UInt8]
    ) throws(SealError) {
        func seal(_ secret: Secret, _ purpose: SecretPurpose) throws(SealError) -> [UInt8] {
            try secrets.seal(secret, for: purpose, tenantID: tenantID, sealedDataKey: sealedDataKey)
        }
        if let accessToken { change.accessTokenSealed = try seal(accessToken, .accessToken(id)) }
        if let appSecret { change.appSecret = .set(try seal(appSecret, .appSecret(id))) }
        if let verifyToken { change.verifyToken = .set(try seal(verifyToken, .verifyToken(id))) }
    }
}

/// The fields of a sender, each read and checked. Nil: not given, or noted as wrong.
enum SenderWords {
    static let nameCharactersMax = 100
    static let secretBytesMax = 4_096

    static func provider(_ reader: FieldReader, _ problems: inout FieldProblems) -> Provider {
        guard let word = reader.text("provider", &problems) else { return .meta }
        if let provider = Provider(rawValue: word) { return provider }
        problems.note("provider_unknown", "provider", "`provider` must be meta or twilio.")
        return .meta
    }

    static func name(_ reader: FieldReader, isRequired: Bool, _ problems: inout FieldProblems) -> String? {
        let given = isRequired ? reader.requiredText("name", &problems) : reader.text("name", &problems)
        guard let name = given else { return nil }
        if (1...nameCharactersMax).contains(name.unicodeScalars.count), !name.allSatisfy(\.isWhitespace) { return name }
        problems.note("name_invalid", "name", "`name` must have 1 to \(nameCharactersMax) characters.")
        return nil
    }

    static func number(of provider: Provider, _ reader: FieldReader, _ problems: inout FieldProblems) -> String? {
        guard let text = reader.requiredText("phone_number_id", &problems) else { return nil }
        switch provider {
        case .meta:
            if (1...32).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) { return text }
            problems.note(
                "phone_number_id_invalid", "phone_number_id",
                "`phone_number_id` is the number's id of digits in Meta's WhatsApp Manager, not the number itself.")
        case .twilio:
            if let number = try? PhoneNumber.parse(String(text.trimmingPrefix("whatsapp:"))) {
                return "whatsapp:" + number.e164
            }
            problems.note(
                "phone_number_id_invalid", "phone_number_id",
                "With Twilio `phone_number_id` is the number it sends from, as in whatsapp:+14155550100.")
        }
        return nil
    }

    static func account(of provider: Provider, _ reader: FieldReader, _ problems: inout FieldProblems) -> String? {
        guard let text = reader.requiredText("account_id", &problems) else { return nil }
        switch provider {
        case .meta:
            if (1...32).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) { return text }
            problems.note(
                "account_id_invalid", "account_id", "`account_id` is the id of digits of the WhatsApp Business Account.")
        case .twilio:
            if isSid(text, "AC") { return text }
            problems.note("account_id_invalid", "account_id", "With Twilio `account_id` is the account's SID, AC and 32 digits.")
        }
        return nil
    }

    static func messagingService(
        of provider: Provider, _ reader: FieldReader, _ problems: inout FieldProblems
    ) -> String? {
        guard let text = reader.text("messaging_service_id", &problems) else { return nil }
        if provider == .twilio, isSid(text, "MG") { return text }
        problems.note(
            "messaging_service_id_invalid", "messaging_service_id",
            "`messaging_service_id` is the SID of a messaging service of Twilio's, MG and 32 digits.")
        return nil
    }

    private static func isSid(_ text: String, _ lead: String) -> Bool {
        text.utf8.count == 34 && text.hasPrefix(lead)
            && text.utf8.dropFirst(2).allSatisfy { (48...57).contains($0) || (97...122).contains($0) }
    }

    static func displayNumber(_ reader: FieldReader, _ problems: inout FieldProblems) -> String? {
        guard let text = reader.text("display_phone_number", &problems) else { return nil }
        if (try? PhoneNumber.parse(text)) != nil { return text }
        problems.note(
            "display_phone_number_invalid", "display_phone_number",
            "`display_phone_number` must be a telephone number with its country code.")
        return nil
    }

    /// Printable ASCII: it becomes a header, or is compared byte by byte.
    static func secret(
        _ key: String, _ reader: FieldReader, isRequired: Bool = false, _ problems: inout FieldProblems
    ) -> Secret? {
        let given = isRequired ? reader.requiredText(key, &problems) : reader.text(key, &problems)
        guard let text = given else { return nil }
        if (1...secretBytesMax).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            return Secret(text)
        }
        problems.note(
            "\(key)_invalid", key, "`\(key)` must have 1 to \(secretBytesMax) printable ASCII characters without blanks.")
        return nil
    }

    static func status(_ reader: FieldReader, _ problems: inout FieldProblems) -> SenderStatus? {
        guard let word = reader.text("status", &problems) else { return nil }
        if let status = SenderStatus(rawValue: word) { return status }
        problems.note("status_unknown", "status", "`status` must be active, paused or disabled.")
        return nil
    }

    static func rate(_ reader: FieldReader, _ problems: inout FieldProblems) -> Int? {
        reader.integer("messages_per_second", in: 1...1_000, &problems)
    }

    static func inFlight(_ reader: FieldReader, _ problems: inout FieldProblems) -> Int? {
        reader.integer("in_flight_max", in: 1...1_000, &problems)
    }

    static func pairBurst(_ reader: FieldReader, _ problems: inout FieldProblems) -> Int? {
        reader.integer("pair_burst", in: 1...45, &problems)
    }

    /// As WhatsApp writes it, or as older programs do: `TIER_1K`, `tier_1000`.
    static func tier(_ reader: FieldReader, _ problems: inout FieldProblems) -> MessagingTier? {
        guard let text = reader.text("rate_limit_tier", &problems) else { return nil }
        if text.utf8.count <= 32, let tier = MessagingTier(text) { return tier }
        problems.note(
            "rate_limit_tier_unknown", "rate_limit_tier",
            "`rate_limit_tier` must be a tier of WhatsApp's, such as TIER_250, TIER_2K, TIER_100K or TIER_UNLIMITED.")
        return nil
    }
}

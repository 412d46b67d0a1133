internal import JSON
package import Models

/// One delivery of Meta's webhook, taken apart: every entry, every change, every status.
///
/// Nothing in it can stop the rest: what cannot be read is listed and the next is read (Meta batches up to 1,000
/// updates, of several accounts, in one body of at most 3 MB).
package struct MetaWebhook: Sendable {
    package static let bodyBytesMax = 3 << 20

    package struct Status: Sendable {
        package let phoneNumberID: String
        package let providerMessageID: ProviderMessageID
        /// Nil for a status we do not know; kept as an event under its own word.
        package let status: ReceiptStatus?
        package let statusWord: String
        package let at: Timestamp
        /// Nil when the message was not sent by us, or the provider left it out.
        package let reference: AttemptReference?
        package let error: ProviderError?
        /// `{"billable":…,"category":…}` as it came.
        package let pricing: [UInt8]?
        /// The whole status object, for parking.
        package let raw: [UInt8]
    }

    package struct Inbound: Sendable {
        package let phoneNumberID: String
        package let providerMessageID: String
        /// Digits without a plus sign; absent for people who hide their number behind a user name.
        package let from: String?
        package let fromUserID: String?
        package let type: String
        package let at: Timestamp
        package let raw: [UInt8]
        /// What was written or chosen, where one word can be all of it.
        package let texts: [String]
        package let profileName: String?
        package let username: String?
    }

    /// Any other field: template status, account, quality, preferences.
    package struct Notice: Sendable {
        package let account: String
        package let phoneNumberID: String?
        package let field: String
        package let value: [UInt8]
        /// Absent on some fields.
        package let at: Timestamp?
    }

    package private(set) var accounts: [String] = []
    package private(set) var statuses: [Status] = []
    package private(set) var inbound: [Inbound] = []
    package private(set) var notices: [Notice] = []
    /// What could not be read, in words without content.
    package private(set) var problems: [String] = []

    /// - Parameter receivedAt: stands in for a time that is missing or absurd.
    package init(body: [UInt8], receivedAt: Timestamp) {
        guard let root = (try? JSONDocument(parsing: body))?.root else {
            problems.append("the body is not JSON")
            return
        }
        guard let entries = root["entry"]?.elements else {
            problems.append("there is no entry list")
            return
        }
        for entry in entries { read(entry, receivedAt) }
    }

    /// The account of the first entry: what a delivery is keyed by, before it is taken apart.
    package static func account(of body: [UInt8]) -> String? {
        (try? JSONDocument(parsing: body))?.root["entry"]?.elements?.first?["id"]?.string
    }

    /// A body with one status alone, which reads back as that status.
    package static func body(ofStatus raw: [UInt8], phoneNumberID: String) -> [UInt8] {
        var value = JSONWriter(capacity: raw.count + 160)
        value.object { value in
            value.field("metadata", object: { $0.field("phone_number_id", phoneNumberID) })
            value.field("statuses", array: { $0.raw(raw) })
        }
        var writer = JSONWriter(capacity: raw.count + 240)
        writer.object { body in
            body.field(
                "entry",
                array: { entries in
                    entries.object { entry in
                        entry.field(
                            "changes",
                            array: { changes in
                                changes.object { change in
                                    change.field("field", "messages")
                                    change.field("value", raw: value.bytes)
                                }
                            }
                        )
                    }
                }
            )
        }
        return writer.bytes
    }

    private mutating func read(_ entry: JSONValue, _ receivedAt: Timestamp) {
        let account = entry["id"]?.string ?? ""
        accounts.append(account)
        guard let changes = entry["changes"]?.elements else {
            problems.append("an entry has no changes")
            return
        }
        let at = entry["time"].map { Self.time($0, receivedAt) }
        for change in changes {
            guard let field = change["field"]?.string, let value = change["value"] else {
                problems.append("a change has no field or value")
                continue
            }
            if field == "messages" {
                readMessages(value, account, receivedAt)
            } else {
                notices.append(
                    Notice(
                        account: account,
                        phoneNumberID: value["metadata"]?["phone_number_id"]?.string,
                        field: field,
                        value: value.serialized(),
                        at: at
                    )
                )
            }
        }
    }

    private mutating func readMessages(_ value: JSONValue, _ account: String, _ receivedAt: Timestamp) {
        guard let phoneNumberID = value["metadata"]?["phone_number_id"]?.string else {
            problems.append("a messages change names no phone number")
            return
        }
        for status in value["statuses"]?.elements ?? [] {
            if let read = Self.status(status, phoneNumberID, receivedAt) {
                statuses.append(read)
            } else {
                problems.append("a status has no id or no status")
            }
        }
        for message in value["messages"]?.elements ?? [] {
            if let read = Self.inbound(message, phoneNumberID, value["contacts"]?.elements ?? [], receivedAt) {
                inbound.append(read)
            } else {
                problems.append("an inbound message has no id or no type")
            }
        }
        // Errors of the app or the account come without a status or a message.
        if let errors = value["errors"] {
            notices.append(
                Notice(
                    account: account,
                    phoneNumberID: phoneNumberID,
                    field: "errors",
                    value: errors.serialized(),
                    at: nil
                )
            )
        }
    }

    private static func status(_ status: JSONValue, _ phoneNumberID: String, _ receivedAt: Timestamp)
        -> Status?
    {
        guard let id = status["id"]?.string, let word = status["status"]?.string else { return nil }
        let error = status["errors"]?.elements?.first
        return Status(
            phoneNumberID: phoneNumberID,
            providerMessageID: ProviderMessageID(id),
            // A voice note that was played was read.
            status: word == "played" ? .read : ReceiptStatus(rawValue: word),
            statusWord: String(word.prefix(40)),
            at: time(status["timestamp"], receivedAt),
            reference: status["biz_opaque_callback_data"]?.string.flatMap { AttemptReference($0) },
            error: error.map(providerError),
            pricing: status["pricing"]?.serialized(),
            raw: status.serialized()
        )
    }

    private static func providerError(_ error: JSONValue) -> ProviderError {
        ProviderError(
            code: error["code"]?.integer.map { Int($0) } ?? ProviderError.noCode,
            subcode: error["error_subcode"]?.integer.map { Int($0) },
            details: MetaAnswer.details(of: error)
        )
    }

    private static func inbound(
        _ message: JSONValue, _ phoneNumberID: String, _ contacts: [JSONValue], _ receivedAt: Timestamp
    ) -> Inbound? {
        guard let id = message["id"]?.string, let type = message["type"]?.string else { return nil }
        let (from, userID) = (message["from"]?.string, message["from_user_id"]?.string)
        let contact = contacts.first { contact in
            (from != nil && contact["wa_id"]?.string == from) || (userID != nil && contact["user_id"]?.string == userID)
        }
        return Inbound(
            phoneNumberID: phoneNumberID,
            providerMessageID: id,
            from: from,
            fromUserID: userID ?? contact?["user_id"]?.string,
            type: String(type.prefix(40)),
            at: time(message["timestamp"], receivedAt),
            raw: message.serialized(),
            texts: texts(of: message),
            profileName: contact?["profile"]?["name"]?.string,
            username: contact?["profile"]?["username"]?.string
        )
    }

    /// Of a text, of a button of ours and of an answer to a list; payloads too, because labels are in the template's
    /// language.
    private static func texts(of message: JSONValue) -> [String] {
        let reply = message["interactive"]?["button_reply"] ?? message["interactive"]?["list_reply"]
        return [
            message["text"]?["body"], message["button"]?["text"], message["button"]?["payload"], reply?["title"],
            reply?["id"],
        ].compactMap { $0?.string }
    }

    /// Unix seconds as text (statuses, messages) or as a number (preferences). A time more than a day ahead is a
    /// broken clock somewhere, and one before 2020 is no time of a WhatsApp event.
    static func time(_ value: JSONValue?, _ receivedAt: Timestamp) -> Timestamp {
        let seconds = value?.integer ?? value?.string.flatMap { Int64($0) }
        guard let seconds, seconds > 1_577_836_800 else { return receivedAt }
        let instant = Timestamp(microseconds: min(seconds, 10_000_000_000) * 1_000_000)
        return instant > receivedAt + .seconds(86_400) ? receivedAt : instant
    }
}

internal import Crypto
internal import HTTPClient
package import JSON
package import Models
internal import Postgres
internal import Runtime

/// What a scenario does to the system and asks of it, as its users would.
extension TestSystem {
    package struct Answer: Sendable {
        package let status: Int
        package let json: JSONValue?
        package let body: [UInt8]
        package let headers: [(name: String, value: String)]

        package var text: String { String(decoding: body, as: UTF8.self) }

        package func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    package func get(_ url: String, headers: [(String, String)] = []) async throws -> Answer {
        try await request("GET", url, headers: headers, body: [])
    }

    package func request(
        _ method: String,
        _ url: String,
        headers: [(String, String)] = [],
        body: [UInt8] = []
    ) async throws -> Answer {
        let response = try await client.send(
            ClientRequest(
                method: method,
                url: url,
                headers: headers,
                body: body,
                timeout: .seconds(30),
                responseBytesMax: 16 << 20
            )
        )
        return Answer(
            status: response.status,
            json: (try? JSONDocument(parsing: response.body))?.root,
            body: response.body,
            headers: response.headers
        )
    }

    // MARK: The tenant's API

    /// The demo's reminder, a utility template.
    package static func reminder(to recipient: String, extra: String = "") -> String {
        """
        {"to":"\(recipient)","type":"template","kind":"confirmation","template":{"name":"event_reminder_24h",\
        "language":"en","variables":{"attendee_name":"\(bodySecret)"}}\(extra)}
        """
    }

    /// The demo's login code, an authentication template.
    package static func loginCode(to recipient: String, extra: String = "") -> String {
        """
        {"to":"\(recipient)","type":"template","kind":"login","template":{"name":"login_code","language":"en",\
        "variables":["483920"]}\(extra)}
        """
    }

    /// `POST /v1/messages` as it is; the caller looks at the answer.
    package func post(_ body: String, key: String? = nil, idempotencyKey: String? = nil) async throws
        -> Answer
    {
        var headers = [("Authorization", "Bearer \(key ?? apiKey)"), ("Content-Type", "application/json")]
        if let idempotencyKey { headers.append(("Idempotency-Key", idempotencyKey)) }
        return try await request("POST", ingestURL + "/v1/messages", headers: headers, body: Array(body.utf8))
    }

    /// - Returns: the id of a message that must be accepted.
    package func send(_ body: String, key: String? = nil) async throws -> MessageID {
        let answer = try await post(body, key: key)
        guard answer.status == 202, let id = answer.messageID else {
            throw NotInTime(description: "HTTP \(answer.status): \(answer.text)")
        }
        return id
    }

    /// Sends the demo's reminder and answers its id.
    package func sendReminder(to recipient: String, extra: String = "", key: String? = nil) async throws
        -> MessageID
    {
        try await send(Self.reminder(to: recipient, extra: extra), key: key)
    }

    package func message(_ id: MessageID, key: String? = nil) async throws -> JSONValue {
        let answer = try await get(
            "\(ingestURL)/v1/messages/\(id)",
            headers: [("Authorization", "Bearer \(key ?? apiKey)")]
        )
        guard answer.status == 200, let json = answer.json else {
            throw NotInTime(description: "HTTP \(answer.status) for \(id)")
        }
        return json
    }

    package func status(of id: MessageID, key: String? = nil) async throws -> String {
        try await message(id, key: key)["status"]?.string ?? ""
    }

    package func waitForStatus(
        _ status: String,
        of id: MessageID,
        key: String? = nil,
        within limit: Duration = .seconds(90)
    ) async throws {
        var seen = ""
        do {
            try await eventually("\(id) is \(status)", within: limit, every: .milliseconds(30)) {
                seen = try await self.status(of: id, key: key)
                return seen == status
            }
        } catch {
            throw NotInTime(description: "\(error); it is \(seen): \(try await message(id, key: key).text)")
        }
    }

    /// Receipts overtake each other, and even the answer to the send, on their way: what is in the timeline in the end is
    /// certain, its order is not. An answer that a receipt overtook is kept under a word of its own; here it is a `sent`.
    package func waitForTimeline(_ words: [String], of id: MessageID) async throws {
        var seen: [String] = []
        do {
            try await eventually("", every: .milliseconds(30)) {
                seen = try await self.message(id).timelineTypes.map { $0 == "answer_accepted" ? "sent" : $0 }
                return seen.sorted() == words.sorted()
            }
        } catch is NotInTime {
            throw NotInTime(description: "the timeline of \(id) is \(seen) and not \(words)")
        }
    }

    package var now: Timestamp { SystemClock.now() }

    /// What every number at Meta is allowed, by our settings and by the stand-in's.
    package func setRates(_ messagesPerSecond: Int) async throws {
        let rows = try await admin.rows(
            """
            UPDATE senders SET messages_per_second = \(Int32(messagesPerSecond)) WHERE provider = 'meta'
            RETURNING phone_number_id, waba_id
            """
        )
        for row in rows {
            let order = """
                {"phone_number_id":"\(try row.value("phone_number_id", as: String.self))",\
                "waba_id":"\(try row.value("waba_id", as: String.self))","messages_per_second":\(messagesPerSecond)}
                """
            _ = try await request("POST", sandboxURL + "/oracle/phones", body: Array(order.utf8))
        }
    }

    // MARK: The stand-in's own log

    package func oracleSummary() async throws -> JSONValue {
        guard let json = try await get(sandboxURL + "/oracle/summary").json else {
            throw NotInTime(description: "the oracle gave no summary")
        }
        return json
    }

    /// Every send of a message that reached the stand-in, in order.
    package func sends(of id: MessageID) async throws -> [Send] {
        let answer = try await get("\(sandboxURL)/oracle/sends?message=\(id)")
        return answer.json?["data"]?.elements?.compactMap { Send($0) } ?? []
    }

    package struct Send: Sendable {
        package let attempt: Int
        package let isAccepted: Bool
        package let at: Timestamp
        /// Of this very attempt.
        package let timesSeen: Int

        init?(_ json: JSONValue) {
            guard let attempt = json["attempt"]?.integer, let isAccepted = json["accepted"]?.boolean,
                let at = json["at"]?.string.flatMap({ Timestamp(rfc3339: $0) }),
                let seen = json["times_seen"]?.integer
            else { return nil }
            self.attempt = Int(attempt)
            self.isAccepted = isAccepted
            self.at = at
            timesSeen = Int(seen)
        }
    }

    /// The stand-in holds back its webhooks, or lets them go.
    package func pauseWebhooks(_ isPaused: Bool) async throws {
        _ = try await request("POST", sandboxURL + "/oracle/webhooks/" + (isPaused ? "pause" : "resume"))
    }

    /// What arrived by Slack (`slack`) or e-mail (`mail`) and holds a text.
    package func inbox(_ kind: String, holding text: String) async throws -> [JSONValue] {
        let items = try await get(sandboxURL + "/inbox.json").json?["data"]?.elements ?? []
        return items.filter { item in
            item["kind"]?.string == kind
                && [item["subject"], item["text"]].contains { $0?.string?.contains(text) ?? false }
        }
    }

    // MARK: Webhooks, signed as Meta signs

    package func postWebhook(_ body: String, secret: String = TestSystem.appSecret) async throws -> Answer {
        let bytes = Array(body.utf8)
        let signature = "sha256=" + Hexadecimal.encode(HMACSHA256.authenticate(key: secret, message: bytes))
        return try await request(
            "POST",
            webhookURL,
            headers: [("X-Hub-Signature-256", signature), ("Content-Type", "application/json")],
            body: bytes
        )
    }

    /// One sending number as Meta knows it.
    package struct Phone: Sendable {
        package let phoneNumberID: String
        package let accountID: String
        package let displayPhoneNumber: String

        package static let first = Phone(
            phoneNumberID: "100200300400500",
            accountID: "900800700600500",
            displayPhoneNumber: "390212345678"
        )
        package static let second = Phone(
            phoneNumberID: "100200300400501",
            accountID: "900800700600501",
            displayPhoneNumber: "390212345679"
        )
    }

    /// The body of a delivery: per number its statuses, as `status(...)` writes them.
    package static func webhookBody(_ entries: [(phone: Phone, statuses: [String])]) -> String {
        let entries = entries.map { phone, statuses in
            """
            {"id":"\(phone.accountID)","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",\
            "metadata":{"display_phone_number":"\(phone.displayPhoneNumber)",\
            "phone_number_id":"\(phone.phoneNumberID)"},"statuses":[\(statuses.joined(separator: ","))]}}]}
            """
        }
        return #"{"object":"whatsapp_business_account","entry":[\#(entries.joined(separator: ","))]}"#
    }

    package static func status(
        _ word: String,
        providerMessageID: String,
        recipient: String,
        message: MessageID,
        attempt: Int = 1,
        at: Timestamp
    ) -> String {
        """
        {"id":"\(providerMessageID)","status":"\(word)","timestamp":"\(at.microseconds / 1_000_000)",\
        "recipient_id":"\(recipient.filter(\.isNumber))","biz_opaque_callback_data":"v1.\(message).\(attempt)"}
        """
    }
}

extension TestSystem.Answer {
    package var messageID: MessageID? { json?["id"]?.string.flatMap { MessageID($0) } }
}

extension JSONValue {
    package var text: String { String(decoding: serialized(), as: UTF8.self) }

    /// What happened to a message, in order.
    package var timelineTypes: [String] {
        self["timeline"]?.elements?.compactMap { $0["type"]?.string } ?? []
    }
}

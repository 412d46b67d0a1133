import JSON
import Models
import WhatsApp

/// The form of `POST Messages.json`, checked as far as Twilio checks it before it takes the message.
struct TwilioSend: Sendable {
    static let bodyMax = 1_600

    let accountSid: String
    let from: String
    let to: String
    let recipient: UInt64
    let isTemplate: Bool
    let hasMedia: Bool
    let body: String
    /// Without the fragment, which only says how often to come again.
    let callbackURL: String?
    let repeatsMax: Int
    /// `v1.<message id>.<attempt>` when the address names an attempt of Tidings.
    let reference: String?

    init(_ form: FormFields, accountSid: String) throws(TwilioRefusal) {
        guard let to = form.text("To") else { throw TwilioRefusal(21_604) }
        guard to.hasPrefix("whatsapp:+"), let recipient = UInt64(to.dropFirst(10)), to.utf8.count <= 25 else {
            throw TwilioRefusal(21_211)
        }
        guard let from = form.text("MessagingServiceSid") ?? form.text("From") else { throw TwilioRefusal(21_603) }
        guard from.hasPrefix("whatsapp:+") || from.hasPrefix("MG") else { throw TwilioRefusal(21_910) }
        let body = form.text("Body") ?? ""
        guard body.count <= Self.bodyMax else { throw TwilioRefusal(21_617) }
        (isTemplate, hasMedia) = (form.text("ContentSid") != nil, form.text("MediaUrl") != nil)
        guard isTemplate || hasMedia || !body.isEmpty else { throw TwilioRefusal(21_602) }
        if let sid = form.text("ContentSid"), !sid.hasPrefix("HX") { throw TwilioRefusal(21_655) }
        if let variables = form.text("ContentVariables") {
            guard isTemplate else { throw TwilioRefusal(21_654) }
            let members = (try? JSONDocument(parsing: Array(variables.utf8)))?.root.members
            guard let members, members.allSatisfy({ $0.value.string != nil }) else { throw TwilioRefusal(21_656) }
        }
        if let validity = form.text("ValidityPeriod") {
            guard let seconds = Int(validity), (1...36_000).contains(seconds) else { throw TwilioRefusal(20_001) }
        }
        let callback = form.text("StatusCallback")
        if let callback, !callback.hasPrefix("http") { throw TwilioRefusal(21_609) }
        let halves = callback?.split(separator: "#", maxSplits: 1)
        callbackURL = halves?.first.map(String.init)
        repeatsMax = halves?.dropFirst().first.map(Self.repeats) ?? 0
        reference = callbackURL?.split(separator: "/").last.map(String.init)
        (self.accountSid, self.from, self.to, self.recipient, self.body) = (accountSid, from, to, recipient, body)
    }

    /// `rc=3&rp=5xx,ct,rt`: without `rp` Twilio comes again only when it cannot connect.
    private static func repeats(_ fragment: Substring) -> Int {
        let overrides = FormFields(parsing: Array(fragment.utf8))
        guard overrides["rp"]?.contains("5xx") == true || overrides["rp"] == "all" else { return 0 }
        return min(max(overrides["rc"].flatMap { Int($0) } ?? 1, 0), 5)
    }
}

struct TwilioRefusal: Error, Equatable {
    let code: Int
    let httpStatus: Int

    init(_ code: Int, _ httpStatus: Int = 400) {
        self.code = code
        self.httpStatus = httpStatus
    }

    var body: [UInt8] {
        var writer = JSONWriter(capacity: 160)
        writer.object { writer in
            writer.field("code", code)
            writer.field("message", TwilioMagic.title(code))
            writer.field("more_info", "https://www.twilio.com/docs/errors/\(code)")
            writer.field("status", httpStatus)
        }
        return writer.bytes
    }
}

/// A message that the stand-in has taken.
struct TwilioTaken: Sendable {
    let sid: String
    let send: TwilioSend
    let authToken: String
    let receipts: [PlannedReceipt]
    /// Microseconds of the monotonic clock.
    let takenAt: Int64

    /// How far it is, whether or not anybody was told.
    func status(at now: Int64) -> (word: String, code: Int?) {
        let due = receipts.filter { takenAt + $0.after.microseconds <= now }.max { $0.after < $1.after }
        guard let due else { return (send.from.hasPrefix("MG") ? "accepted" : "queued", nil) }
        return TwilioTaken.said(due)
    }

    static func said(_ receipt: PlannedReceipt) -> (word: String, code: Int?) {
        guard receipt.word == .failed else { return (receipt.word.text, nil) }
        let code = TwilioMagic.translated(Int(receipt.code)).code
        // Limits are failures of Twilio's own queue; the rest comes from WhatsApp.
        return (code == 63_018 ? "failed" : "undelivered", code)
    }

    func resource(at now: Int64) -> [UInt8] {
        let (word, code) = status(at: now)
        let isBilled = word == "delivered" || word == "read"
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.field("sid", sid)
            writer.field("account_sid", send.accountSid)
            writer.field("from", send.from)
            writer.field("to", send.to)
            writer.field("body", send.body)
            writer.field("status", word)
            writer.field("direction", "outbound-api")
            writer.field("num_segments", "1")
            writer.field("num_media", send.hasMedia ? "1" : "0")
            writer.key("price")
            if isBilled { writer.string("-0.00500") } else { writer.null() }
            writer.field("price_unit", "USD")
            writer.key("error_code")
            if let code { writer.integer(code) } else { writer.null() }
            writer.field("error_message", code.map(TwilioMagic.title))
            writer.field("api_version", "2010-04-01")
            writer.field("uri", "/2010-04-01/Accounts/\(send.accountSid)/Messages/\(sid).json")
        }
        return writer.bytes
    }
}

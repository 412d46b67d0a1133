import Crypto
import HTTPClient
import Models
import Runtime
import ServiceKit
import Synchronization
import WhatsApp

/// Posts status callbacks as Twilio does: one a status, form-encoded, signed with the account's token, repeated as the
/// address asks for with the same idempotency token, and in no order that anybody could rely on.
final class TwilioCallbacks: Part {
    static let tick = Duration.milliseconds(10)
    static let waitingMax = 500_000
    static let answerTimeout = Duration.seconds(15)

    private struct Callback {
        let url: String
        let token: String
        let form: FormFields
        let idempotencyToken: String
        var repeatsLeft: Int
        /// Microseconds of the monotonic clock.
        var dueAt: Int64
        /// Whose last callback it is.
        var lastOf: String?
    }

    private struct State {
        var waiting: [Callback] = []
        var underWay = 0
        var isPaused = false
        var totals = WebhookPoster.Totals()
        /// Messages all of whose callbacks were answered with 200.
        var reported: Set<String> = []
    }

    let name = "Twilio callbacks"
    private let settings: ProvidersSettings
    private let client: HTTPClient
    private let state = Mutex(State())
    private let stopping = StopFlag()

    init(_ settings: ProvidersSettings, client: HTTPClient) {
        self.settings = settings
        self.client = client
    }

    var totals: WebhookPoster.Totals {
        state.withLock { state in
            var totals = state.totals
            totals.waitingPosts = state.waiting.count + state.underWay
            return totals
        }
    }

    func schedule(_ taken: TwilioTaken) {
        guard let url = taken.send.callbackURL, let lastDue = taken.receipts.map(\.after).max() else { return }
        let callbacks = taken.receipts.map { receipt in
            Callback(
                url: url, token: taken.authToken, form: Self.status(receipt, of: taken),
                idempotencyToken: Hexadecimal.encode(randomBytes(16)), repeatsLeft: taken.send.repeatsMax,
                dueAt: taken.takenAt + receipt.after.microseconds, lastOf: receipt.after == lastDue ? taken.sid : nil)
        }
        append(callbacks)
    }

    func post(_ form: FormFields, to url: String, token: String) {
        append([
            Callback(
                url: url, token: token, form: form, idempotencyToken: Hexadecimal.encode(randomBytes(16)),
                repeatsLeft: 1, dueAt: 0)
        ])
    }

    /// Until the last callback has been answered with 200; a receiver that never does so is not waited for.
    func reported(_ sid: String, until deadline: Duration) async {
        while !state.withLock({ $0.reported.contains(sid) }), Monotonic.now() < deadline, !stopping.isSet {
            await stopping.wait(atMost: .milliseconds(5))
        }
    }

    func setPaused(_ isPaused: Bool) { state.withLock { $0.isPaused = isPaused } }

    func reset() { state.withLock { $0 = State() } }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            while !stopping.isSet {
                for callback in takeDue() { group.addTask { await self.deliver(callback) } }
                await stopping.wait(atMost: Self.tick)
            }
            group.cancelAll()
        }
    }

    func stop(within limit: Duration) async { stopping.set() }

    private func append(_ callbacks: [Callback]) {
        state.withLock { state in
            guard state.waiting.count + callbacks.count <= Self.waitingMax else {
                state.totals.dropped += callbacks.count
                return
            }
            state.waiting += callbacks
        }
    }

    private func takeDue() -> [Callback] {
        let now = Monotonic.now().microseconds
        return state.withLock { state in
            if state.isPaused || state.waiting.isEmpty { return [] }
            var taken: [Callback] = []
            var rest: [Callback] = []
            for callback in state.waiting {
                if callback.dueAt <= now, state.underWay + taken.count < ProvidersSettings.postsInFlightMax {
                    taken.append(callback)
                } else {
                    rest.append(callback)
                }
            }
            state.waiting = rest
            state.underWay += taken.count
            return taken
        }
    }

    private func deliver(_ callback: Callback) async {
        let request = ClientRequest(
            method: "POST", url: callback.url,
            headers: [
                ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),
                ("X-Twilio-Signature", TwilioSignature.sign(url: callback.url, form: callback.form, token: callback.token)),
                ("I-Twilio-Idempotency-Token", callback.idempotencyToken), ("User-Agent", "TwilioProxy/1.1"),
            ],
            body: callback.form.encoded, timeout: Self.answerTimeout, responseBytesMax: 64 << 10)
        let status = (try? await client.send(request))?.status
        state.withLock { state in
            state.underWay -= 1
            if let status, (200...299).contains(status) {
                state.totals.posted += 1
                state.totals.statuses += 1
                if let sid = callback.lastOf { state.reported.insert(sid) }
                return
            }
            state.totals.failed += 1
            // No answer and 5xx come again; another refusal is final.
            guard status ?? 500 >= 500, callback.repeatsLeft > 0 else {
                state.totals.dropped += 1
                return
            }
            var again = callback
            again.repeatsLeft -= 1
            again.dueAt = Monotonic.now().microseconds + settings.scaled(.milliseconds(500)).microseconds
            state.waiting.append(again)
        }
    }

    // MARK: Forms

    private static func status(_ receipt: PlannedReceipt, of taken: TwilioTaken) -> FormFields {
        let (word, code) = TwilioTaken.said(receipt)
        var form = FormFields()
        form.append("ChannelPrefix", "whatsapp")
        form.append("ApiVersion", "2010-04-01")
        form.append("MessageStatus", word)
        form.append("SmsStatus", word)
        form.append("SmsSid", taken.sid)
        form.append("MessageSid", taken.sid)
        form.append("AccountSid", taken.send.accountSid)
        form.append("From", taken.send.from)
        form.append("To", taken.send.to)
        form.append("ChannelToAddress", "+\(taken.send.recipient / 10_000)XXXX")
        if receipt.word == .sent { form.append("StructuredMessage", taken.send.isTemplate ? "true" : "false") }
        if receipt.word != .sent { form.append("EventType", word.uppercased()) }
        if let code {
            form.append("ErrorCode", "\(code)")
            form.append("ErrorMessage", TwilioMagic.title(code))
        }
        return form
    }

    static func inbound(from: String, to: String, text: String) -> FormFields {
        let sid = "SM" + Hexadecimal.encode(randomBytes(16))
        var form = FormFields()
        for name in ["MessageSid", "SmsMessageSid", "SmsSid"] { form.append(name, sid) }
        form.append("From", "whatsapp:+" + from.filter(\.isNumber))
        form.append("To", to)
        form.append("Body", text)
        form.append("NumMedia", "0")
        form.append("NumSegments", "1")
        form.append("MessageType", "text")
        form.append("WaId", from.filter(\.isNumber))
        form.append("ProfileName", "Ada")
        form.append("SmsStatus", "received")
        form.append("ApiVersion", "2010-04-01")
        return form
    }
}

import Crypto
import HTTPClient
import HTTPServer
import JSON
import Runtime
import Synchronization
import TestSupport
import Testing
import WhatsApp

@testable import sandbox

/// The stand-in for Twilio: what it takes, what it refuses, what it calls back.
@Suite struct SandboxTwilioTests {
    private static let token = "sandbox-token-twilio"
    private static let account = "AC1"

    private final class Received: Sendable {
        private struct State {
            var forms: [FormFields] = []
            var tokens: [String] = []
            var refusals: Int
        }
        private let state: Mutex<State>

        init(refusals: Int) { state = Mutex(State(refusals: refusals)) }

        var forms: [FormFields] { state.withLock { $0.forms } }
        var tokens: [String] { state.withLock { $0.tokens } }

        func take(_ request: Request, port: Int) -> Int {
            let isSigned = TwilioSignature.isValid(
                request.header(TwilioSignature.header), settings: nil,
                url: "http://127.0.0.1:\(port)\(request.path)", body: request.body,
                contentType: request.header("Content-Type"), token: SandboxTwilioTests.token)
            return state.withLock { state in
                state.tokens.append(request.header("I-Twilio-Idempotency-Token") ?? "")
                if state.refusals > 0 {
                    state.refusals -= 1
                    return 503
                }
                if isSigned { state.forms.append(FormFields(parsing: request.body)) }
                return isSigned ? 200 : 401
            }
        }
    }

    private struct Stage {
        let sandbox: SandboxFixture
        let received: Received
        let callbackURL: String

        func send(_ recipient: String, _ fields: [(String, String)] = [("Body", "Hi")], token: String = token) async throws
            -> (status: Int, json: JSONValue)
        {
            var form = FormFields()
            form.append("To", "whatsapp:\(recipient)")
            form.append("From", "whatsapp:+14155550100")
            form.append("StatusCallback", callbackURL + "#rc=3&rp=5xx,ct,rt")
            for (name, value) in fields { form.append(name, value) }
            let response = try await call("POST", "Messages.json", form.encoded, token: token)
            return (response.status, try JSONDocument(parsing: response.body).root)
        }

        func call(_ method: String, _ path: String, _ body: [UInt8] = [], token: String = token) async throws
            -> ClientResponse
        {
            let basic = Base64.encode(Array("\(account):\(token)".utf8))
            return try await sandbox.client.send(
                ClientRequest(
                    method: method, url: "\(sandbox.url)/2010-04-01/Accounts/\(account)/\(path)",
                    headers: [("Authorization", "Basic \(basic)")], body: body, timeout: .seconds(15)))
        }

        var words: [String] { received.forms.compactMap { $0["MessageStatus"] } }
    }

    private func with(refusals: Int = 0, _ body: (Stage) async throws -> Void) async throws {
        let received = Received(refusals: refusals)
        let shared = SharedPort()
        var router = Router()
        router.on(.post, "/hook/{reference}") { .empty(received.take($0, port: shared.value)) }
        let server = HTTPServer(HTTPServerSettings(), router: router)
        shared.value = try await server.start()
        let sandbox = try await SandboxFixture(["SANDBOX_ENFORCE_LIMITS": "false"])
        let stage = Stage(
            sandbox: sandbox, received: received,
            callbackURL: "http://127.0.0.1:\(shared.value)/hook/v1.0198f2c0-0000-7000-8000-000000000001.1")
        do {
            try await body(stage)
        } catch {
            await sandbox.stop()
            await server.drain(within: .seconds(1))
            throw error
        }
        await sandbox.stop()
        await server.drain(within: .seconds(1))
    }

    private final class SharedPort: Sendable {
        private let port = Mutex(0)
        var value: Int {
            get { port.withLock { $0 } }
            set { port.withLock { $0 = newValue } }
        }
    }

    @Test func aMessageIsTakenReportedAndShown() async throws {
        try await with { stage in
            let (status, json) = try await stage.send("+393401234200")
            #expect(status == 201 && json["status"]?.string == "queued")
            let sid = try #require(json["sid"]?.string)
            #expect(sid.hasPrefix("SM") && sid.utf8.count == 34)
            try await eventually("the callbacks come") { Set(stage.words) == ["sent", "delivered", "read"] }
            let shown = try await stage.call("GET", "Messages/\(sid).json")
            let resource = try JSONDocument(parsing: shown.body).root
            #expect(resource["status"]?.string == "read" && resource["price"]?.string == "-0.00500")
            let sends = try await stage.sandbox.call("GET", "/oracle/sends").json?["data"]?.elements ?? []
            #expect(sends.first?["reference"]?.string == "v1.0198f2c0-0000-7000-8000-000000000001.1")
        }
    }

    @Test(arguments: [("211", 400, 21_211), ("610", 400, 21_610), ("429", 429, 20_429), ("190", 401, 20_003)])
    func magicRecipientsAreRefused(_ suffix: String, _ status: Int, _ code: Int64) async throws {
        try await with { stage in
            let answer = try await stage.send("+393401234\(suffix)")
            #expect(answer.status == status && answer.json["code"]?.integer == code)
            #expect(stage.words.isEmpty)
        }
    }

    @Test(arguments: [("003", "63003"), ("016", "63016"), ("018", "63018"), ("024", "63024"), ("049", "63049")])
    func magicRecipientsFailLater(_ suffix: String, _ code: String) async throws {
        try await with { stage in
            #expect(try await stage.send("+393401234\(suffix)").status == 201)
            try await eventually("it is reported") { stage.received.forms.first?["ErrorCode"] == code }
        }
    }

    @Test func aCallbackIsRepeatedUnderTheSameToken() async throws {
        try await with(refusals: 2) { stage in
            #expect(try await stage.send("+393401234024").status == 201)
            try await eventually("it is reported") { stage.words == ["undelivered"] }
            #expect(stage.received.tokens.count == 3 && Set(stage.received.tokens).count == 1)
        }
    }

    @Test func aSendThatIsCutMayHaveBeenTaken() async throws {
        try await with { stage in
            await #expect(throws: (any Error).self) { try await stage.send("+393401234980") }
            try await eventually("its callbacks come") { Set(stage.words) == ["sent", "delivered", "read"] }
        }
    }

    @Test(arguments: [
        ([], 21_602), ([("ContentSid", "X1")], 21_655), ([("ContentSid", "HX1"), ("ContentVariables", "{")], 21_656),
        ([("Body", "x"), ("ContentVariables", "{}")], 21_654), ([("Body", "x"), ("ValidityPeriod", "0")], 20_001),
        ([("Body", String(repeating: "x", count: 1_601))], 21_617),
    ] as [([(String, String)], Int64)])
    func whatIsWrongIsRefusedWithItsCode(_ fields: [(String, String)], _ code: Int64) async throws {
        try await with { stage in
            let answer = try await stage.send("+393401234200", fields)
            #expect(answer.json["code"]?.integer == code)
        }
    }

    @Test func anUnknownTokenIsRefused() async throws {
        try await with { stage in
            let answer = try await stage.send("+393401234200", token: "wrong")
            #expect(answer.status == 401 && answer.json["code"]?.integer == 20_003)
        }
    }
}

import HTTPClient
import JSON
import Runtime

/// The API as one person calls it.
struct Session: Sendable {
    static let timeout = Duration.seconds(30)

    let settings: Settings
    let isRaw: Bool
    let client: HTTPClient

    init(_ arguments: Arguments, client: HTTPClient) throws {
        settings = try Settings(file: arguments.value("env"))
        isRaw = arguments.has("json")
        self.client = client
    }

    /// The tenant's API.
    func call(_ method: String, _ path: String, _ body: [UInt8] = [], headers: [(String, String)] = []) async throws
        -> JSONValue
    {
        try await call(
            method, try settings.required("INGEST_URL", "the address of ingest-api") + path, body,
            key: try settings.required("TIDINGS_API_KEY", "an API key of the business", or: "DEMO_API_KEY"),
            headers: headers)
    }

    /// The founders' API.
    func callAdmin(_ method: String, _ path: String, _ body: [UInt8] = []) async throws -> JSONValue {
        try await call(
            method, try settings.required("MONITOR_URL", "the address of monitor") + path, body,
            key: try settings.required("TIDINGS_ADMIN_KEY", "a founder's key"), headers: [])
    }

    private func call(
        _ method: String, _ url: String, _ body: [UInt8], key: String, headers: [(String, String)]
    ) async throws -> JSONValue {
        var request = ClientRequest(method: method, url: url, body: body, timeout: Self.timeout)
        request.responseBytesMax = 8 << 20
        request.headers = [("Authorization", "Bearer \(key)"), ("Accept", "application/json")] + headers
        if !body.isEmpty { request.headers.append(("Content-Type", "application/json")) }
        let response: ClientResponse
        do {
            response = try await client.send(request)
        } catch {
            throw Refusal(
                title: "no answer from \(url.prefix { $0 != "?" })", lines: [error.text],
                remedy: "Is it running? `tidings doctor` looks for the cause.")
        }
        let document = try? JSONDocument(parsing: response.body.isEmpty ? Array("{}".utf8) : response.body)
        guard (200..<300).contains(response.status) else { throw Refusal(response.status, document?.root) }
        guard let document else {
            throw Refusal(title: "an answer that is no JSON", lines: [], remedy: "Is \(url) the address of Tidings?")
        }
        if isRaw { print(String(decoding: response.body, as: UTF8.self)) }
        return document.root
    }

    /// Whether the person wants words and not the answer itself.
    var speaks: Bool { !isRaw }
}

/// What the API said instead of doing it.
struct Refusal: Error {
    let title: String
    let lines: [String]
    let remedy: String?

    init(title: String, lines: [String], remedy: String?) {
        self.title = title
        self.lines = lines
        self.remedy = remedy
    }

    init(_ status: Int, _ problem: JSONValue?) {
        guard let problem, problem["detail"] != nil else {
            self.init(title: "HTTP \(status)", lines: [], remedy: nil)
            return
        }
        let several = (problem["errors"]?.elements ?? []).map { "\($0.text("field")): \($0.text("detail"))" }
        self.init(
            title: "\(problem.text("title")) (\(status) \(problem.text("code")))",
            lines: several.count > 1 ? several : [problem.text("detail")],
            remedy: problem["request_id"].map { _ in "request \(problem.text("request_id"))" })
    }

    func show() {
        var text = "\(Terminal.coloured("tidings:", .red)) \(title)\n"
        for line in lines where !line.isEmpty { text += "  \(line)\n" }
        if let remedy { text += "  \(Terminal.coloured(remedy, .grey))\n" }
        Terminal.writeError(text)
    }
}

/// The environment, and below it a file of NAME=value lines.
struct Settings: Sendable {
    private let file: [String: String]

    init(file path: String?) throws(Refusal) {
        if let path {
            guard let text = SmallFile.text(at: path) else {
                throw Refusal(title: "\(path) cannot be read", lines: [], remedy: nil)
            }
            file = SettingsReader.entries(ofFile: text)
        } else {
            file = SmallFile.text(at: ".local/env").map(SettingsReader.entries) ?? [:]
        }
    }

    var reader: SettingsReader { SettingsReader(documented: file) }

    func text(_ name: String) -> String? { reader.optionalText(name) }

    func required(_ name: String, _ what: String, or other: String? = nil) throws(Refusal) -> String {
        if let value = text(name) ?? other.flatMap(text) { return value.hasSuffix("/") ? String(value.dropLast()) : value }
        throw Refusal(
            title: "\(name) is not set", lines: ["It holds \(what)."],
            remedy: "Set it in the environment, in .local/env (deploy/up writes that) or in the file of --env.")
    }
}

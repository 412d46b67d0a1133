import Crypto
import HTTPServer
import Runtime

/// Style sheets, script and icon, read once at the start. Their address holds the hash of their content, so browsers
/// may keep them for ever.
struct Assets: Sendable {
    struct Missing: Error, CustomStringConvertible {
        let path: String
        let remedy: String
        var description: String { "\(path) cannot be read: \(remedy)" }
    }

    struct File: Sendable {
        let name: String
        let contentType: String
        let content: [UInt8]
    }

    /// Bootstrap's own; ours are known beforehand.
    static let bootstrapName = "bootstrap.min.css"
    /// Chart.js' own; only pages with a chart ask for it.
    static let chartsName = "chart.min.js"
    private let files: [String: File]

    init(bootstrapPath: String, chartsPath: String) throws {
        let bootstrap = try Self.read(
            "\(bootstrapPath)/css/\(Self.bootstrapName)", "install libjs-bootstrap5 or set ASSETS_PATH")
        let charts = try Self.read("\(chartsPath)/\(Self.chartsName)", "install libjs-chart.js or set CHARTS_PATH")
        let all = [
            File(name: Self.bootstrapName, contentType: "text/css; charset=utf-8", content: bootstrap),
            File(name: Self.chartsName, contentType: "text/javascript; charset=utf-8", content: charts),
            File(
                name: "tidings.css",
                contentType: "text/css; charset=utf-8",
                content: Array(PageStyle.all.utf8)
            ),
            File(
                name: "tidings.js",
                contentType: "text/javascript; charset=utf-8",
                content: Array(PageScript.all.utf8)
            ),
            File(name: "icon.svg", contentType: "image/svg+xml", content: Array(PageStyle.icon.utf8)),
        ]
        files = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static func read(_ path: String, _ remedy: String) throws -> [UInt8] {
        guard let content = FileContent.bytes(at: path) else { throw Missing(path: path, remedy: remedy) }
        return content
    }

    /// Of what this program brings itself; Bootstrap and Chart.js come with the system and change with its versions.
    static let version = String(
        SHA256.hex(PageStyle.all + PageScript.all + PageStyle.icon).prefix(12)
    )

    static func path(_ name: String) -> String { "/assets/\(version)/\(name)" }

    func addRoutes(to router: inout Router) {
        router.on(.get, "/assets/{version}/{name}") { request in
            guard let file = files[request.pathParameter("name") ?? ""] else { throw Problem.pageNotFound }
            var response = Response.bytes(contentType: file.contentType, file.content)
            // Under another version's address it is today's content: not to be kept.
            let isOurs = request.pathParameter("version") == Self.version
            response.setHeader(
                "Cache-Control",
                isOurs ? "public, max-age=31536000, immutable" : "no-cache"
            )
            return response
        }
    }
}

/// What every answer says to browsers.
enum PageHeaders {
    private static let policy = """
        default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
        form-action 'self'; base-uri 'none'; frame-ancestors 'none'
        """

    @Sendable static func add(_ request: Request, _ response: inout Response) {
        response.setHeader("X-Content-Type-Options", "nosniff")
        response.setHeader("Content-Security-Policy", policy)
        response.setHeader("X-Frame-Options", "DENY")
        // Not "no-referrer", under which browsers hide the origin of our own forms from us.
        response.setHeader("Referrer-Policy", "same-origin")
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin")
        response.setHeader("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if response.header("Cache-Control") == nil { response.setHeader("Cache-Control", "no-store") }
    }
}

import CSV
import HTTPClient
import HTTPServer
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

extension Site {
    /// Makes the files that were ordered, as `Monitor.build` wires it.
    var exportWork: ExportWork {
        let exports = ExportStore(tenants.platform, ids: IDSource())
        return ExportWork(
            exports: exports, lists: ExportLists(tenantDatabase: tenants.database, exports: exports), directory: "/tmp",
            note: { _ in })
    }

    /// Streams need a server and a client.
    ///
    /// - Parameter cookie: nil: with the first business's key.
    func file(_ path: String, cookie: String? = nil) async throws -> ClientResponse {
        let server = HTTPServer(HTTPServerSettings(), router: router)
        let client = HTTPClient()
        try client.start()
        let port = try await server.start()
        let who = cookie.map { ("Cookie", $0) } ?? ("Authorization", "Bearer \(tenants.first.key.secret.reveal())")
        let answer = try await client.send(
            ClientRequest(
                method: "GET", url: "http://127.0.0.1:\(port)\(path)", headers: [who], timeout: .seconds(20),
                responseBytesMax: 16 << 20))
        await client.stop()
        await server.drain(within: .seconds(1))
        return answer
    }
}

/// A file for spreadsheets as they would read it.
enum CSVText {
    static func rows(_ bytes: [UInt8]) throws -> [[String]] {
        #expect(Array(bytes.prefix(3)) == CSVWriter.byteOrderMark)
        let reader = CSVReader()
        return try reader.read(bytes.dropFirst(3)) + reader.finish()
    }

    /// The cells of one column, without its title.
    static func column(_ title: String, _ rows: [[String]]) throws -> [String] {
        let place = try #require(rows.first?.firstIndex(of: title), "\(rows.first ?? [])")
        return rows.dropFirst().map { $0[place] }
    }
}

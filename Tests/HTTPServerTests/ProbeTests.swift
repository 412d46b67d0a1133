import HTTPServer
import Testing

/// Requests that servers disagree about. What two readers can take in two ways is refused, and the connection
/// ends, because nobody knows where the next request would begin.
struct Probe: Sendable, CustomTestStringConvertible {
    enum After: Sendable {
        case closes
        case staysOpen
    }

    var name: String
    var bytes: [UInt8]
    var statuses: [Int]
    var after: After

    init(_ name: String, _ text: String, _ statuses: [Int], _ after: After) {
        self.name = name
        bytes = Array(text.utf8)
        self.statuses = statuses
        self.after = after
    }

    var testDescription: String { name }

    static let post = "POST /echo HTTP/1.1\r\nHost: a\r\n"
    static let get = "GET /health HTTP/1.1\r\nHost: a\r\n"
    static let chunkedA = "1\r\nA\r\n0\r\n\r\n"

    static let all: [Probe] = [
        Probe(
            "length and chunked",
            post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunkedA,
            [400],
            .closes
        ),
        Probe(
            "chunked, length, and a request in the tail",
            post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + get + "\r\n",
            [400],
            .closes
        ),
        Probe("two lengths", post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nAB", [400], .closes),
        Probe("one length twice", post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nAB", [400], .closes),
        Probe("a list of lengths", post + "Content-Length: 2, 2\r\n\r\nAB", [400], .closes),
        Probe("length +2", post + "Content-Length: +2\r\n\r\nAB", [400], .closes),
        Probe("length 0x2", post + "Content-Length: 0x2\r\n\r\nAB", [400], .closes),
        Probe("length -1", post + "Content-Length: -1\r\n\r\nAB", [400], .closes),
        Probe("no length in its header", post + "Content-Length:\r\n\r\nAB", [400], .closes),
        Probe(
            "length beyond 64 bits",
            post + "Content-Length: 99999999999999999999\r\n\r\nAB",
            [400],
            .closes
        ),
        Probe(
            "length beyond the limit",
            post + "Content-Length: 18446744073709551615\r\n\r\nAB",
            [413],
            .closes
        ),
        Probe("space before the colon", post + "Content-Length : 2\r\n\r\nAB", [400], .closes),
        Probe("coding xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n" + chunkedA, [400], .closes),
        Probe(
            "coding after a control",
            post + "Transfer-Encoding:\u{0B}chunked\r\n\r\n" + chunkedA,
            [400],
            .closes
        ),
        Probe(
            "chunked, identity",
            post + "Transfer-Encoding: chunked, identity\r\n\r\n" + chunkedA,
            [400],
            .closes
        ),
        Probe("gzip, chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunkedA, [400], .closes),
        Probe(
            "two codings",
            post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + chunkedA,
            [400],
            .closes
        ),
        Probe(
            "coding on a folded line",
            post + "Transfer-Encoding:\r\n chunked\r\n\r\n" + chunkedA,
            [400],
            .closes
        ),
        Probe(
            "chunk size beyond 64 bits",
            post + "Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\nA\r\n0\r\n\r\n",
            [400],
            .closes
        ),
        Probe(
            "chunk size -1",
            post + "Transfer-Encoding: chunked\r\n\r\n-1\r\nA\r\n0\r\n\r\n",
            [400],
            .closes
        ),
        Probe(
            "chunk size 0x1",
            post + "Transfer-Encoding: chunked\r\n\r\n0x1\r\nA\r\n0\r\n\r\n",
            [400],
            .closes
        ),
        Probe(
            "chunk without its line end",
            post + "Transfer-Encoding: chunked\r\n\r\n1\r\nAXX0\r\n\r\n",
            [400],
            .closes
        ),
        Probe(
            "chunk extension",
            post + "Transfer-Encoding: chunked\r\n\r\n1;a=b\r\nA\r\n0\r\n\r\n",
            [400],
            .closes
        ),
        Probe(
            "extension of the last chunk",
            post + "Transfer-Encoding: chunked\r\n\r\n1\r\nA\r\n0;a=\"\r\n\"\r\n\r\n",
            [400],
            .closes
        ),
        Probe(
            "chunk beyond the limit",
            post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n",
            [413],
            .closes
        ),
        Probe(
            "length in a trailer",
            post + "Transfer-Encoding: chunked\r\n\r\n1\r\nA\r\n0\r\nContent-Length: 7\r\n\r\n",
            [400],
            .closes
        ),
        Probe("chunked", post + "Transfer-Encoding: chunked\r\n\r\n" + chunkedA, [202], .staysOpen),
        Probe("bare line feeds", "GET /health HTTP/1.1\nHost: a\n\n", [400], .closes),
        Probe("bare return in a value", get + "X: a\rb\r\n\r\n", [400], .closes),
        Probe("NUL in a value", get + "X: a\0b\r\n\r\n", [400], .closes),
        Probe("folded value", get + "X: a\r\n b\r\n\r\n", [400], .closes),
        Probe("no Host", "GET /health HTTP/1.1\r\n\r\n", [400], .closes),
        Probe("two Hosts", get + "Host: b\r\n\r\n", [400], .closes),
        Probe("odd Host", "GET /health HTTP/1.1\r\nHost: a/b@c\r\n\r\n", [400], .closes),
        Probe("odd method", "GE(T /health HTTP/1.1\r\nHost: a\r\n\r\n", [400], .closes),
        Probe("unknown method", "BREW /health HTTP/1.1\r\nHost: a\r\n\r\n", [501], .staysOpen),
        Probe("bytes beyond ASCII in the path", "GET /h\u{e4} HTTP/1.1\r\nHost: a\r\n\r\n", [400], .closes),
        Probe("version 2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [505], .closes),
        Probe("version 1.2", "GET /health HTTP/1.2\r\nHost: a\r\n\r\n", [505], .closes),
        Probe("no version", "GET /health\r\n\r\n", [400], .closes),
        Probe(
            "1.0 with chunked",
            "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunkedA,
            [400],
            .closes
        ),
        Probe("1.0", "GET /health HTTP/1.0\r\n\r\n", [200], .closes),
        Probe("1.0 kept alive", "GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", [200], .staysOpen),
        Probe("connection: close", get + "Connection: close\r\n\r\n" + get + "\r\n", [200], .closes),
        Probe(
            "three at once",
            String(repeating: post + "Content-Length: 2\r\n\r\nAB", count: 3),
            [202, 202, 202],
            .staysOpen
        ),
        Probe(
            "GET with a body, then another",
            get + "Content-Length: 2\r\n\r\nAB" + get + "\r\n",
            [200, 200],
            .staysOpen
        ),
        Probe(
            "a header of 64 KB",
            get + "X: " + String(repeating: "a", count: 65_536) + "\r\n\r\n",
            [431],
            .closes
        ),
        Probe(
            "400 headers",
            get + (0..<400).map { "X\($0): a\r\n" }.joined() + "\r\n",
            [431],
            .closes
        ),
        Probe(
            "a path of 16 KB",
            "GET /" + String(repeating: "a", count: 16_384) + " HTTP/1.1\r\nHost: a\r\n\r\n",
            [414],
            .closes
        ),
        Probe("an endless method", String(repeating: "A", count: 40_000), [414], .closes),
        Probe(
            "trailer",
            post + "Transfer-Encoding: chunked\r\n\r\n1\r\nA\r\n0\r\nX-T: 1\r\n\r\n",
            [202],
            .staysOpen
        ),
        Probe(
            "40 trailers",
            post + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + (0..<40).map { "X\($0): a\r\n" }.joined()
                + "\r\n",
            [431],
            .closes
        ),
        Probe(
            "an expectation nobody knows",
            post + "Expect: miracles\r\nContent-Length: 2\r\n\r\nAB",
            [417],
            .closes
        ),
        Probe("whole URL as target", "GET http://b/health HTTP/1.1\r\nHost: a\r\n\r\n", [200], .staysOpen),
        Probe("target that is no path", "GET health HTTP/1.1\r\nHost: a\r\n\r\n", [400], .staysOpen),
        Probe("upwards", "GET /a/../health HTTP/1.1\r\nHost: a\r\n\r\n", [400], .staysOpen),
        Probe("upwards in disguise", "GET /%2e%2E/health HTTP/1.1\r\nHost: a\r\n\r\n", [400], .staysOpen),
    ]
}

@Suite(.timeLimit(.minutes(2))) struct ProbeTests {
    @Test(arguments: Probe.all) func anOddRequestGetsItsStatusAndItsEnding(_ probe: Probe) async throws {
        try await withServer { port, _ in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(probe.bytes)
                for status in probe.statuses {
                    let answer = try client.answer()
                    #expect(answer.status == status)
                    if status >= 400 {
                        #expect(answer.header("Content-Type") == "application/problem+json")
                    }
                }
                switch probe.after {
                case .closes:
                    #expect(client.ending() == .closed)
                case .staysOpen:
                    // Also proves that the two sides agree where a request begins.
                    client.send(healthRequest)
                    #expect(try client.answer().text == "ok")
                }
            }
        }
    }

    /// However the network cuts a request, its meaning is the same.
    @Test(arguments: Probe.all.filter { $0.bytes.count < 200 }) func cutIntoBytesItIsTheSame(_ probe: Probe)
        async throws
    {
        try await withServer { port, _ in
            try await onThread {
                let client = try RawClient(port: port)
                for byte in probe.bytes { client.send([byte]) }
                for status in probe.statuses {
                    let answer = try client.answer()
                    #expect(answer.status == status, "\(probe.name)")
                }
            }
        }
    }

    @Test func continueIsSaidBeforeTheBodyIsSent() async throws {
        try await withServer { port, _ in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(Probe.post + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
                #expect(try client.answer().status == 100)
                client.send("AB")
                let answer = try client.answer()
                #expect(answer.status == 202)
                #expect(answer.text == "AB")
            }
        }
    }

    @Test func continueIsNotSaidToABodyThatIsTooLarge() async throws {
        try await withServer { port, _ in
            let answer = try await exchange(
                Probe.post + "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n",
                port: port
            )
            #expect(answer.status == 413)
        }
    }
}

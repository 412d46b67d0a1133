import HTTPServer
import Runtime
import Synchronization
import Testing

/// Runs what blocks on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        _ = WorkerThread(name: "raw-client") { continuation.resume(with: Result { try body() }) }
    }
}

/// A server on a free port for the time of `body`.
func withServer(
    _ settings: HTTPServerSettings = HTTPServerSettings(),
    _ router: Router = echoRouter(),
    onError: @escaping @Sendable (any Error, Request) -> Void = { _, _ in },
    onAccess: @escaping @Sendable (Access) -> Void = { _ in },
    _ body: (Int, HTTPServer) async throws -> Void
) async throws {
    let server = HTTPServer(settings, router: router, onError: onError, onAccess: onAccess)
    let port = try await server.start()
    do {
        try await body(port, server)
    } catch {
        await server.drain(within: .zero)
        throw error
    }
    await server.drain(within: .zero)
}

func echoRouter() -> Router {
    var router = Router()
    router.on(.get, "/health") { _ in .text(200, "ok") }
    router.on(.post, "/echo") { request in .bytes(202, contentType: "application/octet-stream", request.body)
    }
    return router
}

let healthRequest = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"

/// Sends one request on a connection of its own.
func exchange(_ text: String, port: Int, toHead: Bool = false) async throws -> RawClient.Answer {
    try await onThread {
        let client = try RawClient(port: port)
        client.send(text)
        return try client.answer(toHead: toHead)
    }
}

/// Opens once; whoever waits goes on.
final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// Collects what hooks report.
final class Collected<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    func add(_ element: Element) { elements.withLock { $0.append(element) } }
    var all: [Element] { elements.withLock { $0 } }
}

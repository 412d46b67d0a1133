import Cbeast
import Synchronization

/// What the shim's callbacks reach: turns a request of C into one of Swift, finds its handler, answers.
final class ServerCore: Sendable {
    private let router: Router
    private let onError: @Sendable (any Error, Request) -> Void
    private let onAccess: @Sendable (Access) -> Void
    private let ids = RequestIDs()
    private let ending = Mutex(Ending())

    private struct Ending {
        var hasEnded = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    init(
        router: Router,
        onError: @escaping @Sendable (any Error, Request) -> Void,
        onAccess: @escaping @Sendable (Access) -> Void
    ) {
        self.router = router
        self.onError = onError
        self.onAccess = onAccess
    }

    // Called on a loop's thread: copies and returns.

    func receive(_ request: cbeast_request) {
        let exchange = Exchange(takingOwnershipOf: request.exchange)
        guard request.refusal == CBEAST_REFUSAL_NONE else {
            let problem = Problem.refusing(request.refusal)
            let began = ContinuousClock.now
            Task { await send(problem.response(requestID: ids.next()), for: nil, on: exchange, since: began) }
            return
        }
        let received = ReceivedRequest(copying: request)
        Task { await handle(received, on: exchange) }
    }

    func end() {
        let waiting = ending.withLock { ending in
            ending.hasEnded = true
            defer { ending.waiting = [] }
            return ending.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let hasEnded = ending.withLock { ending in
                if !ending.hasEnded { ending.waiting.append(continuation) }
                return ending.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    // On Swift's pool.

    private func handle(_ received: ReceivedRequest, on exchange: Exchange) async {
        let began = ContinuousClock.now
        let id = ids.id(for: received.fields)
        guard let method = received.method else {
            return await send(
                Problem.methodUnknown.response(requestID: id),
                id: id,
                for: nil,
                on: exchange,
                since: began
            )
        }
        guard let target = received.target else {
            return await send(
                Problem.targetMalformed.response(requestID: id),
                id: id,
                for: nil,
                on: exchange,
                since: began
            )
        }
        var request = Request(
            method: method,
            target: target,
            fields: received.fields,
            body: received.body,
            id: id,
            remoteAddress: received.remoteAddress,
            arrivedAt: received.arrivedAt
        )
        let response = await router.respond(to: &request, onError: onError)
        await send(response, id: id, for: request, on: exchange, since: began)
    }

    private func send(
        _ response: Response,
        id: String? = nil,
        for request: Request?,
        on exchange: Exchange,
        since began: ContinuousClock.Instant
    ) async {
        let id = id ?? ids.next()
        var response = response
        let head: ResponseHead
        do {
            head = try ResponseHead(response, requestID: id)
        } catch {
            if let request { onError(error, request) }
            response = Problem.internalError.response(requestID: id)
            guard let safe = try? ResponseHead(response, requestID: id) else {
                preconditionFailure("our own headers are safe")
            }
            head = safe
        }
        let route = request.map { $0.route.isEmpty ? "(none)" : $0.route } ?? "(refused)"
        onAccess(
            Access(
                method: request?.method,
                route: route,
                status: response.status,
                seconds: seconds(since: began)
            )
        )
        if response.isAbandoned { return exchange.abandon() }
        guard let producer = response.producer, request?.method != .head else {
            return exchange.respond(status: response.status, head: head, body: response.body)
        }
        let endsOnDrain = response.header("Content-Type")?.hasPrefix("text/event-stream") ?? false
        let stream = exchange.stream(status: response.status, head: head, endsOnDrain: endsOnDrain)
        await producer(StreamWriter(stream: stream))
        stream.end()
    }

    private func seconds(since began: ContinuousClock.Instant) -> Double {
        let (seconds, attoseconds) = (ContinuousClock.now - began).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}

/// Copied out of the shim's buffers; read further on Swift's pool, not on the loop's thread.
private struct ReceivedRequest: Sendable {
    let fields: HeaderFields
    let body: [UInt8]
    let remoteAddress: String
    let arrivedAt = ContinuousClock.now
    private let methodText: [UInt8]
    private let targetText: [UInt8]

    init(copying request: cbeast_request) {
        func bytes(_ text: cbeast_text) -> [UInt8] {
            Array(UnsafeRawBufferPointer(start: text.start, count: text.count))
        }
        fields = HeaderFields(
            text: bytes(request.field_text),
            fields: Array(UnsafeBufferPointer(start: request.fields, count: request.field_count))
        )
        body = bytes(request.body)
        remoteAddress = String(cString: request.remote_address)
        methodText = bytes(request.method)
        targetText = bytes(request.target)
    }

    var method: HTTPMethod? {
        HTTPMethod(rawValue: String(decoding: methodText, as: UTF8.self))
    }

    var target: RequestTarget? { RequestTarget(targetText[...]) }
}

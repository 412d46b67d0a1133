import Cbeast
import Synchronization

/// An HTTP/1.1 server. Any number may run in one process. `start`, then `drain`; a server that is let go of
/// without `drain` is stopped at once.
package final class HTTPServer: Sendable {
    /// Safety: the shim takes calls about a server from any thread, and the handle is released once, in
    /// `deinit`.
    private struct Handle: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let settings: HTTPServerSettings
    private let core: ServerCore
    private let handle = Mutex<Handle?>(nil)

    /// - Parameters:
    ///   - onError: what a handler threw besides a `Problem`, and headers it may not send; the client got a
    ///     500.
    ///   - onAccess: every answer. Both are called on Swift's pool and should be quick.
    package init(
        _ settings: HTTPServerSettings,
        router: Router,
        onError: @escaping @Sendable (any Error, Request) -> Void = { _, _ in },
        onAccess: @escaping @Sendable (Access) -> Void = { _ in }
    ) {
        self.settings = settings
        core = ServerCore(router: router, onError: onError, onAccess: onAccess)
    }

    deinit {
        handle.withLock { handle in
            if let running = handle { cbeast_server_release(running.pointer) }
            handle = nil
        }
    }

    /// Listens and serves until `drain`.
    ///
    /// - Returns: the port, which is a free one if the settings say 0.
    @discardableResult
    package func start() async throws(HTTPServerError) -> Int {
        let outcome = handle.withLock { handle -> Result<Int, HTTPServerError> in
            guard handle == nil else { return .failure(.alreadyStarted) }
            return startListening().map { started in
                handle = started
                return Int(cbeast_server_port(started.pointer))
            }
        }
        return try outcome.get()
    }

    /// Open connections, for a gauge.
    package var connections: Int {
        handle.withLock { handle in handle.map { cbeast_server_connections($0.pointer) } ?? 0 }
    }

    /// Serves whoever waits in the backlog, stops listening, closes idle connections, ends event streams,
    /// finishes requests under way, and after `limit` closes what is left. Returns when no connection is
    /// open.
    package func drain(within limit: Duration) async {
        let isRunning = handle.withLock { handle in
            if let running = handle { cbeast_server_drain(running.pointer, limit.milliseconds) }
            return handle != nil
        }
        if isRunning { await core.waitForEnd() }
    }

    private func startListening() -> Result<Handle, HTTPServerError> {
        let context = Unmanaged.passRetained(core)
        let problem = UnsafeMutableBufferPointer<CChar>.allocate(capacity: 256)
        problem.initialize(repeating: 0)
        defer { problem.deallocate() }
        let pointer = settings.address.withCString { address -> OpaquePointer? in
            var options = settings.options(address: address, context: context.toOpaque())
            guard let start = problem.baseAddress else { return nil }
            return cbeast_server_start(&options, start, problem.count)
        }
        guard let pointer else {
            context.release()
            let text = problem.baseAddress.map { String(cString: $0) } ?? ""
            return .failure(.cannotListen(text))
        }
        return .success(Handle(pointer: pointer))
    }
}

extension HTTPServerSettings {
    fileprivate func options(address: UnsafePointer<CChar>, context: UnsafeMutableRawPointer)
        -> cbeast_settings
    {
        cbeast_settings(
            address: address,
            port: Int32(clamping: port),
            loops: Int32(clamping: loops),
            share_port: reusePort,
            header_bytes_max: headerBytesMax,
            header_count_max: headerCountMax,
            target_bytes_max: targetBytesMax,
            body_bytes_max: bodyBytesMax,
            bodies_bytes_max: bodiesBytesMax,
            connections_max: connectionsMax,
            connections_per_address_max: connectionsPerAddressMax,
            header_ms: headerTimeout.milliseconds,
            body_ms: bodyTimeout.milliseconds,
            keep_alive_ms: keepAliveTimeout.milliseconds,
            write_stall_ms: writeStallTimeout.milliseconds,
            linger_ms: lingerTimeout.milliseconds,
            body_bytes_per_second_min: UInt64(bodyBytesPerSecondMin),
            on_request: receiveRequest,
            on_end: serverEnded,
            context: context
        )
    }
}

extension Duration {
    fileprivate var milliseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(max(0, seconds)) * 1_000 + UInt64(max(0, attoseconds) / 1_000_000_000_000_000)
    }
}

private func receiveRequest(_ context: UnsafeMutableRawPointer?, _ request: UnsafePointer<cbeast_request>) {
    guard let context else { return }
    Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue().receive(request.pointee)
}

/// The shim's last call: here the core it held is released.
private func serverEnded(_ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    Unmanaged<ServerCore>.fromOpaque(context).takeRetainedValue().end()
}

import Cbeast
import Synchronization

/// Owns the exchange of a streamed answer. A writer may outlive its producer, so every call asks whether it
/// is still ours.
final class OpenStream: Sendable {
    /// Safety: only ever used under the lock of the stream that owns it.
    private struct Handle: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let handle: Mutex<Handle?>

    init(takingOwnershipOf pointer: OpaquePointer) {
        handle = Mutex(Handle(pointer: pointer))
    }

    /// The bytes that now wait for the socket; `nil` when nothing can be written any more.
    func write(_ bytes: ArraySlice<UInt8>) -> Int? {
        handle.withLock { handle in
            guard let handle else { return nil }
            let waiting = bytes.withUnsafeBytes { buffer -> Int in
                guard let start = buffer.baseAddress, !buffer.isEmpty else {
                    return cbeast_stream_is_open(handle.pointer) ? 0 : -1
                }
                return cbeast_stream_write(handle.pointer, start, buffer.count)
            }
            return waiting < 0 ? nil : waiting
        }
    }

    var isOpen: Bool {
        handle.withLock { handle in handle.map { cbeast_stream_is_open($0.pointer) } ?? false }
    }

    /// Returns when at most `low` bytes wait, when nothing can be written any more, or when the task is
    /// cancelled. With `nil` only the latter two count.
    func wait(untilBelow low: Int?) async {
        let waiter = Waiter()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard waiter.hold(continuation) else { return }
                register(waiter, low: low)
            }
        } onCancel: {
            waiter.resume()
        }
    }

    func end() {
        handle.withLock { handle in
            if let open = handle { cbeast_stream_end(open.pointer) }
            handle = nil
        }
    }

    private func register(_ waiter: Waiter, low: Int?) {
        handle.withLock { handle in
            guard let handle else { return waiter.resume() }
            cbeast_stream_wait(
                handle.pointer,
                low ?? -1,
                resumeWaiter,
                Unmanaged.passRetained(waiter).toOpaque()
            )
        }
    }
}

/// A suspended task that either side may resume; the first does.
private final class Waiter: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Void, Never>)
        case done
    }

    private let state = Mutex(State.new)

    /// False if it was resumed before it waited; the continuation has then been resumed.
    func hold(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        let waits = state.withLock { state in
            if case .done = state { return false }
            state = .waiting(continuation)
            return true
        }
        if !waits { continuation.resume() }
        return waits
    }

    func resume() {
        let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state = .done }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume()
    }
}

/// The shim calls this exactly once for every registration, which is where the retained waiter is released.
private func resumeWaiter(_ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    Unmanaged<Waiter>.fromOpaque(context).takeRetainedValue().resume()
}

import Cbeast

/// Owns one C exchange until it is answered or handed to a stream.
///
/// Safety: the shim takes calls about an exchange from any thread; it is given back exactly once, because
/// one of `respond`, `abandon` and `stream` is called, once, by the one task that handles the request.
struct Exchange: @unchecked Sendable {
    private let pointer: OpaquePointer

    init(takingOwnershipOf pointer: OpaquePointer) {
        self.pointer = pointer
    }

    func respond(status: Int, head: ResponseHead, body: [UInt8]) {
        head.bytes.withUnsafeBufferPointer { lines in
            lines.withMemoryRebound(to: CChar.self) { text in
                body.withUnsafeBytes { bytes in
                    cbeast_respond(
                        pointer,
                        Int32(status),
                        text.baseAddress,
                        text.count,
                        bytes.baseAddress,
                        bytes.count
                    )
                }
            }
        }
    }

    /// The client gets no answer: its connection closes.
    func abandon() {
        cbeast_abandon(pointer)
    }

    /// Sends the head; the stream owns the exchange from here.
    func stream(status: Int, head: ResponseHead, endsOnDrain: Bool) -> OpenStream {
        head.bytes.withUnsafeBufferPointer { lines in
            lines.withMemoryRebound(to: CChar.self) { text in
                cbeast_stream_start(pointer, Int32(status), text.baseAddress, text.count, endsOnDrain)
            }
        }
        return OpenStream(takingOwnershipOf: pointer)
    }
}

internal import Czlib

/// Gzip (RFC 1952), in memory.
package enum Gzip {
    package enum Failure: Error, Sendable, Equatable {
        /// zlib's own number.
        case zlib(Int32)
        case tooLarge
    }

    /// 15 bits of window, and 16 for gzip's own head and tail instead of zlib's.
    private static let windowBits: Int32 = 15 + 16
    private static let memoryLevel: Int32 = 8
    private static let chunkBytes = 64 << 10

    package static func compress(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
        var stream = z_stream()
        let started = deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard started == Z_OK else { throw .zlib(started) }
        defer { deflateEnd(&stream) }
        return try run(&stream, over: bytes, bytesMax: .max) { deflate(&$0, Z_FINISH) }
    }

    /// - Parameter bytesMax: what is larger unpacked is refused.
    package static func decompress(_ bytes: [UInt8], bytesMax: Int) throws(Failure) -> [UInt8] {
        var stream = z_stream()
        let started = inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard started == Z_OK else { throw .zlib(started) }
        defer { inflateEnd(&stream) }
        return try run(&stream, over: bytes, bytesMax: bytesMax) { inflate(&$0, Z_NO_FLUSH) }
    }

    private static func run(
        _ stream: inout z_stream, over bytes: [UInt8], bytesMax: Int, _ step: (inout z_stream) -> Int32
    ) throws(Failure) -> [UInt8] {
        var input = bytes
        var output: [UInt8] = []
        let status = input.withUnsafeMutableBufferPointer { input -> Int32 in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            var status = Z_OK
            while status == Z_OK, output.count <= bytesMax {
                let chunk = [UInt8](unsafeUninitializedCapacity: chunkBytes) { buffer, count in
                    stream.next_out = buffer.baseAddress
                    stream.avail_out = UInt32(chunkBytes)
                    status = step(&stream)
                    count = chunkBytes - Int(stream.avail_out)
                }
                output += chunk
                // Nothing left to read and nothing written: the input is cut off.
                if status == Z_BUF_ERROR || (chunk.isEmpty && stream.avail_in == 0 && status == Z_OK) { return Z_BUF_ERROR }
            }
            return status
        }
        if output.count > bytesMax { throw .tooLarge }
        guard status == Z_STREAM_END else { throw .zlib(status) }
        return output
    }
}

internal import Ccurl
internal import Glibc

/// What libcurl calls for one transfer, on the loop's thread. See `EngineCallbacks` for why they are formed
/// here.
enum TransferCallbacks {
    /// libcurl calls this each time before it writes a request to a connection, new or kept, HTTP/1.1 or
    /// HTTP/2. The second time would be libcurl's silent repeat.
    static let beginRequest: ccurl_begin_callback = { context, address, _, _, _ in
        guard let transfer = transfer(context) else { return CURL_PREREQFUNC_ABORT }
        guard transfer.mayBegin() else { return CURL_PREREQFUNC_ABORT }
        // A kept connection to the same host may have been opened for a request that is allowed more.
        if transfer.publicAddressesOnly {
            guard let address, PublicAddress.isPublic(text: String(cString: address)) else {
                transfer.isAddressForbidden = true
                return CURL_PREREQFUNC_ABORT
            }
        }
        transfer.beginnings += 1
        return CURL_PREREQFUNC_OK
    }

    /// Refuses the repeat already here, so that its caller need not wait for a connection that has no use.
    static let openSocket: ccurl_open_callback = { context, _, address in
        guard let transfer = transfer(context), transfer.mayBegin() else { return CURL_SOCKET_BAD }
        if transfer.publicAddressesOnly {
            let isPublic = withUnsafePointer(to: &address.pointee.addr) { PublicAddress.isPublic($0) }
            guard isPublic else {
                transfer.isAddressForbidden = true
                return CURL_SOCKET_BAD
            }
        }
        let wanted = address.pointee
        let opened = socket(wanted.family, wanted.socktype | Int32(SOCK_CLOEXEC.rawValue), wanted.protocol)
        guard opened >= 0 else { return CURL_SOCKET_BAD }
        transfer.engine.socketOpened(opened)
        return opened
    }

    static let progress: ccurl_progress_callback = { context, _, _, _, uploaded in
        guard let transfer = transfer(context) else { return 0 }
        transfer.uploadedBytes = max(transfer.uploadedBytes, Int(uploaded))
        return 0
    }

    static let receiveBody: ccurl_data_callback = { bytes, size, count, context in
        guard let transfer = transfer(context) else { return 0 }
        let length = size * count
        guard transfer.responseBody.count + length <= transfer.responseBytesMax else {
            transfer.isBodyTooLarge = true
            return 0
        }
        transfer.responseBody.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: length))
        return length
    }

    static let receiveHeader: ccurl_data_callback = { bytes, size, count, context in
        guard let transfer = transfer(context) else { return 0 }
        let length = size * count
        transfer.responseHeaderBytes += length
        guard transfer.responseHeaderBytes <= Transfer.responseHeaderBytesMax else {
            transfer.areHeadersTooLarge = true
            return 0
        }
        transfer.receive(headerLine: UnsafeRawBufferPointer(start: bytes, count: length))
        return length
    }

    static let readMail: ccurl_data_callback = { buffer, size, count, context in
        guard let transfer = transfer(context) else { return Int(CURL_READFUNC_ABORT) }
        let length = min(size * count, transfer.mailText.count - transfer.mailBytesRead)
        let part = transfer.mailText[transfer.mailBytesRead..<transfer.mailBytesRead + length]
        UnsafeMutableRawBufferPointer(start: buffer, count: length).copyBytes(from: part)
        transfer.mailBytesRead += length
        return length
    }

    private static func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }
}

extension Transfer {
    func mayBegin() -> Bool {
        guard beginnings > 0 else { return true }
        if !wasRepeatPrevented { engine.repeatPrevented() }
        wasRepeatPrevented = true
        return false
    }

    /// Interim answers (1xx) come first and are forgotten when the next status line arrives.
    func receive(headerLine line: UnsafeRawBufferPointer) {
        if line.starts(with: "HTTP/".utf8) {
            responseHeaders.removeAll(keepingCapacity: true)
            areHeadersComplete = false
            return
        }
        if line.first == 0x0D || line.first == 0x0A { areHeadersComplete = true }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        let value = Self.trimmed(line[(colon + 1)...])
        responseHeaders.append(
            (String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
        )
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        var bytes = bytes
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return bytes
    }
}

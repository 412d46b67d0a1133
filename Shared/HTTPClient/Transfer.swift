internal import Ccurl
internal import Glibc

/// One easy handle and the request it carries now; on the loop's thread only. Kept and used again for later
/// requests.
final class Transfer {
    let handle: UnsafeMutableRawPointer
    unowned let engine: TransferEngine
    private(set) var job: Job?

    /// How often libcurl was about to write this request. Zero is the proof that nothing of it has left us:
    /// the callback that counts is the only door to the writing of a request.
    var beginnings = 0
    /// Body bytes handed to the connection, at the most. libcurl forgets its own count when it wants to
    /// repeat.
    var uploadedBytes = 0
    var wasRepeatPrevented = false
    var isAddressForbidden = false
    var isBodyTooLarge = false
    var areHeadersTooLarge = false
    /// The empty line that ends the headers has come. libcurl takes a connection cut before it for a whole
    /// answer.
    var areHeadersComplete = false
    var publicAddressesOnly = false

    var responseHeaders: [(name: String, value: String)] = []
    var responseHeaderBytes = 0
    var responseBody: [UInt8] = []
    var responseBytesMax = 0
    var mailText: [UInt8] = []
    var mailBytesRead = 0

    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var bodyBytes = 0
    /// Mail handles keep other options: they serve once.
    private(set) var isReusable = true

    static let responseHeaderBytesMax = 256 << 10

    init?(_ engine: TransferEngine) {
        guard let handle = curl_easy_init() else { return nil }
        self.engine = engine
        self.handle = handle
        setPermanentOptions()
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headerList)
    }

    static func of(_ handle: UnsafeMutableRawPointer?) -> Transfer? {
        var context: UnsafeMutableRawPointer?
        guard let handle, ccurl_get_pointer(handle, CURLINFO_PRIVATE, &context) == CURLE_OK, let context
        else { return nil }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func setPermanentOptions() {
        let settings = engine.settings
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_pointer(handle, CURLOPT_PRIVATE, context)
        ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        ccurl_set_long(handle, CURLOPT_TCP_NODELAY, 1)
        ccurl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
        ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        // An empty name switches off the proxies of the environment.
        ccurl_set_text(handle, CURLOPT_PROXY, "")
        // A resolver thread that hangs must not hold up the loop when its request ends.
        ccurl_set_long(handle, CURLOPT_QUICK_EXIT, 1)
        ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
        ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
        ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeout.millisecondsForCurl)
        ccurl_set_long(handle, CURLOPT_MAXAGE_CONN, Int(settings.connectionIdleMax.components.seconds))
        ccurl_set_text(handle, CURLOPT_USERAGENT, settings.userAgent)
        if let file = settings.certificatesFile { ccurl_set_text(handle, CURLOPT_CAINFO, file) }

        ccurl_set_data(handle, CURLOPT_WRITEFUNCTION, TransferCallbacks.receiveBody)
        ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        ccurl_set_data(handle, CURLOPT_HEADERFUNCTION, TransferCallbacks.receiveHeader)
        ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        ccurl_set_begin(handle, TransferCallbacks.beginRequest)
        ccurl_set_pointer(handle, CURLOPT_PREREQDATA, context)
        ccurl_set_open(handle, TransferCallbacks.openSocket)
        ccurl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, context)
        ccurl_set_progress(handle, TransferCallbacks.progress)
        ccurl_set_pointer(handle, CURLOPT_XFERINFODATA, context)
        ccurl_set_long(handle, CURLOPT_NOPROGRESS, 0)
        // A connection outlives the transfer that opened it: its closing is reported to the engine.
        ccurl_set_close(handle, EngineCallbacks.closeSocket)
        ccurl_set_pointer(handle, CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(engine).toOpaque())
    }

    /// Returns false if libcurl does not take the request.
    func arm(_ job: Job) -> Bool {
        self.job = job
        (beginnings, uploadedBytes, bodyBytes, responseHeaderBytes, mailBytesRead) = (0, 0, 0, 0, 0)
        (wasRepeatPrevented, isAddressForbidden) = (false, false)
        (isBodyTooLarge, areHeadersTooLarge, areHeadersComplete) = (false, false, false)
        responseHeaders = []
        responseBody = []
        switch job.work {
        case .request(let request): return arm(request, began: job.begun)
        case .mail(let mail): return arm(mail)
        }
    }

    func disarm() {
        job = nil
        mailText = []
        setHeaders([])
    }

    private func arm(_ request: ClientRequest, began: MonotonicInstant) -> Bool {
        publicAddressesOnly = request.reach == .publicOnly
        responseBytesMax = request.responseBytesMax
        bodyBytes = request.body.count
        let mayBeHTTP2 = engine.settings.allowsHTTP2 && request.url.hasPrefix("https:")
        ccurl_set_long(handle, CURLOPT_PIPEWAIT, mayBeHTTP2 ? 1 : 0)
        ccurl_set_long(
            handle,
            CURLOPT_HTTP_VERSION,
            mayBeHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
        )
        let left = request.timeout - began.age
        ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, left.millisecondsForCurl)
        setMethod(request)
        setHeaders(headerLines(of: request))
        return ccurl_set_text(handle, CURLOPT_URL, request.url) == CURLE_OK
    }

    private func setMethod(_ request: ClientRequest) {
        // HTTPGET first: it undoes what an earlier request left behind (a body, HEAD).
        ccurl_set_long(handle, CURLOPT_NOBODY, 0)
        ccurl_set_long(handle, CURLOPT_HTTPGET, 1)
        ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, nil)
        if request.method == "HEAD" {
            ccurl_set_long(handle, CURLOPT_NOBODY, 1)
        } else if !request.body.isEmpty || request.method == "POST" || request.method == "PUT" {
            // The size first: libcurl copies that many bytes.
            ccurl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, request.body.count)
            request.body.withUnsafeBytes { bytes in
                _ = bytes.baseAddress.map { ccurl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, $0) }
            }
            if request.body.isEmpty { ccurl_set_text(handle, CURLOPT_COPYPOSTFIELDS, "") }
            ccurl_set_long(handle, CURLOPT_POST, 1)
            if request.method != "POST" { ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method) }
        } else if request.method != "GET" {
            ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private func headerLines(of request: ClientRequest) -> [String] {
        // "Name;" is libcurl's way to write a header without a value, "Name:" its way to leave one out.
        var lines = request.headers.map { $0.1.isEmpty ? "\($0.0);" : "\($0.0): \($0.1)" }
        lines.append("Expect:")
        if !request.headers.contains(where: { equalIgnoringCase($0.0, "Content-Type") }) {
            lines.append("Content-Type:")
        }
        return lines
    }

    private func setHeaders(_ lines: [String]) {
        ccurl_set_list(handle, CURLOPT_HTTPHEADER, nil)
        curl_slist_free_all(headerList)
        headerList = nil
        for line in lines {
            headerList = curl_slist_append(headerList, line) ?? headerList
        }
        ccurl_set_list(handle, CURLOPT_HTTPHEADER, headerList)
    }

    private func arm(_ mail: PreparedMail) -> Bool {
        isReusable = false
        publicAddressesOnly = false
        mailText = mail.text
        bodyBytes = mail.text.count
        responseBytesMax = 64 << 10
        for recipient in mail.recipients {
            headerList = curl_slist_append(headerList, "<\(recipient)>") ?? headerList
        }
        ccurl_set_list(handle, CURLOPT_MAIL_RCPT, headerList)
        ccurl_set_text(handle, CURLOPT_MAIL_FROM, "<\(mail.sender)>")
        ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        let security = mail.server.requireTLS ? CURLUSESSL_ALL : CURLUSESSL_NONE
        ccurl_set_long(handle, CURLOPT_USE_SSL, Int(security.rawValue))
        if let name = mail.server.username, let password = mail.server.password {
            ccurl_set_text(handle, CURLOPT_USERNAME, name)
            ccurl_set_text(handle, CURLOPT_PASSWORD, password)
        }
        let timeout = mail.server.timeout.millisecondsForCurl
        ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, timeout)
        // Also how long libcurl waits for the goodbye of a server that went silent, after the time-out
        // itself.
        ccurl_set_long(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, timeout / 1000))
        ccurl_set_long(handle, CURLOPT_SASL_IR, 1)
        ccurl_set_long(handle, CURLOPT_FRESH_CONNECT, 1)
        ccurl_set_long(handle, CURLOPT_FORBID_REUSE, 1)
        ccurl_set_long(handle, CURLOPT_UPLOAD, 1)
        ccurl_set_offset(handle, CURLOPT_INFILESIZE_LARGE, mail.text.count)
        ccurl_set_data(handle, CURLOPT_READFUNCTION, TransferCallbacks.readMail)
        ccurl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
        return ccurl_set_text(handle, CURLOPT_URL, mail.server.url) == CURLE_OK
    }

    // MARK: The end

    var written: ClientFailure.Written {
        guard beginnings > 0 else { return .nothing }
        var (uploaded, headers) = (curl_off_t(0), 0)
        ccurl_get_offset(handle, CURLINFO_SIZE_UPLOAD_T, &uploaded)
        ccurl_get_long(handle, CURLINFO_REQUEST_SIZE, &headers)
        if bodyBytes > 0 { return max(uploadedBytes, Int(uploaded)) >= bodyBytes ? .all : .some }
        return headers > 0 ? .all : .some
    }

    func outcome(of code: CURLcode) -> Job.Outcome {
        var reply = 0
        ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &reply)
        guard code != CURLE_OK else {
            guard areHeadersComplete || !isReusable else {
                let text = "the connection ended within the answer's headers"
                let failure = ClientFailure(kind: .connectionLost, written: written, text: text)
                return .failed(FailedTransfer(failure: failure))
            }
            let duration = job?.begun.age ?? .zero
            return .answered(
                ClientResponse(
                    status: reply,
                    headers: responseHeaders,
                    body: responseBody,
                    duration: duration
                )
            )
        }
        let failure = ClientFailure(
            kind: failureKind(of: code),
            written: written,
            text: failureText(of: code)
        )
        return .failed(FailedTransfer(failure: failure, curlCode: code.rawValue, replyCode: reply))
    }

    private func failureKind(of code: CURLcode) -> ClientFailure.Kind {
        if isAddressForbidden { return .forbiddenAddress }
        if wasRepeatPrevented { return .connectionLost }
        if isBodyTooLarge { return .bodyTooLarge }
        return CurlCode.kind(of: code)
    }

    private func failureText(of code: CURLcode) -> String {
        if isAddressForbidden { return "the host's address is not public" }
        if wasRepeatPrevented { return "the kept connection died before an answer; not sent again" }
        if isBodyTooLarge { return "the answer is larger than allowed" }
        if areHeadersTooLarge { return "the answer's headers are larger than allowed" }
        return String(cString: curl_easy_strerror(code))
    }
}

enum CurlCode {
    /// libcurl's codes in our words; what we do not know is a fault of protocol.
    static func kind(of code: CURLcode) -> ClientFailure.Kind {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
        case CURLE_COULDNT_CONNECT: .connect
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_USE_SSL_FAILED, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED:
            .tls
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE,
            CURLE_SEND_FAIL_REWIND,
            CURLE_HTTP2, CURLE_HTTP2_STREAM:
            .connectionLost
        default: .protocol
        }
    }
}

internal import Ccurl

enum SMTPCode {
    static func isPermanent(_ code: UInt32) -> Bool {
        switch CURLcode(rawValue: code) {
        case CURLE_LOGIN_DENIED, CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED, CURLE_URL_MALFORMAT,
            CURLE_UNSUPPORTED_PROTOCOL, CURLE_SSL_CACERT_BADFILE:
            true
        default: false
        }
    }
}

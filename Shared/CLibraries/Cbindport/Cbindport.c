#include "Cbindport.h"
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local int wished_port;

void bindport_wish(int port) { wished_port = port; }

// Takes precedence over the C library's for every library of this program, librdkafka included.
int bind(int fd, const struct sockaddr *address, socklen_t length) {
    struct sockaddr_in wished;
    if (wished_port > 0 && address->sa_family == AF_INET && length >= sizeof wished) {
        memcpy(&wished, address, sizeof wished);
        if (wished.sin_port == 0) {
            wished.sin_port = htons((unsigned short)wished_port);
            wished_port = 0;
            return (int)syscall(SYS_bind, fd, &wished, (socklen_t)sizeof wished);
        }
    }
    return (int)syscall(SYS_bind, fd, address, length);
}

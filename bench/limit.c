// The limit: what a loop of this kernel can do that parses nothing and sends ready-made answers. script/bench measures
// it beside the servers, so that "how far from the kernel's own price" has a figure. One worker, epoll, edge-triggered.
//
// The length of a connection's first request is taken for the length of all of them, which is true of a load generator:
// no octet is looked at after the first request, and pipelined requests are counted by division.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { batch = 64, events_at_once = 256, receive_bytes = 64 * 1024 };

// What one connection still owes. Indexed by descriptor.
struct connection {
    uint32_t request_bytes;  // of each of its requests; 0 until the first has come
    uint32_t pending;        // octets of a request that has not come whole
    uint64_t owed;           // octets still to be sent, of one answer or of several
};

static char* answers;  // `batch` whole answers, one behind another; only the head where the content is a file
static size_t head_bytes;
static size_t answer_bytes;  // head and content
static int content = -1;     // the file, where the content leaves by sendfile
static struct connection* connections;
static size_t connection_count;
static char input[receive_bytes];

static void die(const char* doing)
{
    perror(doing);
    exit(1);
}

static void make_answers(size_t size, bool by_sendfile, bool closes)
{
    char head[512];
    head_bytes = (size_t)snprintf(head, sizeof head,
                                  "HTTP/1.1 200 OK\r\nServer: limit\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                                  "Content-Type: text/html\r\nContent-Length: %zu\r\n"
                                  "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                                  "Connection: %s\r\nETag: \"65920080-400\"\r\nAccept-Ranges: bytes\r\n\r\n",
                                  size, closes ? "close" : "keep-alive");
    answer_bytes = head_bytes + size;
    const size_t kept = by_sendfile ? head_bytes : answer_bytes;
    answers = malloc(kept * batch);
    if (!answers) die("memory for the answers");
    for (size_t i = 0; i < batch; ++i) {
        memcpy(answers + i * kept, head, head_bytes);
        if (!by_sendfile) memset(answers + i * kept + head_bytes, 'x', size);
    }
    if (!by_sendfile) return;

    content = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (content < 0) die("make the file");
    char* text = malloc(size);
    if (!text) die("memory for the file");
    memset(text, 'x', size);
    if (write(content, text, size) != (ssize_t)size) die("write the file");
    free(text);
}

// Sends what is owed. False: the connection is gone.
static bool send_owed(int fd, struct connection* connection)
{
    while (connection->owed) {
        // Where we are within the answer that is being sent: answers are all equal.
        const size_t left = connection->owed % answer_bytes ? connection->owed % answer_bytes : answer_bytes;
        const size_t offset = answer_bytes - left;
        ssize_t sent;
        if (content < 0) {
            const size_t whole = answer_bytes * batch - offset;
            sent = send(fd, answers + offset, connection->owed < whole ? connection->owed : whole, MSG_NOSIGNAL);
        } else if (offset < head_bytes) {
            sent = send(fd, answers + offset, head_bytes - offset, MSG_NOSIGNAL | MSG_MORE);
        } else {
            off_t at = (off_t)(offset - head_bytes);
            sent = sendfile(fd, content, &at, left);
        }
        if (sent < 0) return errno == EAGAIN;
        connection->owed -= (uint64_t)sent;
    }
    return true;
}

// Counts the requests in what has come. False: this is no request.
static bool count_requests(struct connection* connection, size_t received)
{
    if (!connection->request_bytes) {
        const char* end = memmem(input, received, "\r\n\r\n", 4);
        if (!end) return false;
        connection->request_bytes = (uint32_t)(end - input) + 4;
    }
    const size_t have = connection->pending + received;
    connection->owed += have / connection->request_bytes * answer_bytes;
    connection->pending = (uint32_t)(have % connection->request_bytes);
    return true;
}

// Reads until the socket is drained, answers. False: the connection is over.
static bool turn(int fd, struct connection* connection)
{
    if (!send_owed(fd, connection)) return false;
    while (!connection->owed) {
        const ssize_t received = recv(fd, input, sizeof input, 0);
        if (received < 0) return errno == EAGAIN;
        if (received == 0 || !count_requests(connection, (size_t)received)) return false;
        if (!send_owed(fd, connection)) return false;
        if ((size_t)received < sizeof input) return true;
    }
    return true;
}

static void accept_kept(int listener, int epoll)
{
    for (;;) {
        const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if ((size_t)fd >= connection_count) {
            connections = realloc(connections, sizeof *connections * (size_t)fd * 2);
            if (!connections) die("memory for connections");
            connection_count = (size_t)fd * 2;
        }
        connections[fd] = (struct connection){0};
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("watch a connection");
    }
}

// One request, one answer, then the end, before anything joins epoll: the listener gives only connections on which
// something has come. What does not leave at once is left to the kernel, whose buffer is larger than the answer.
static void accept_once(int listener)
{
    for (;;) {
        const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        struct connection connection = {0};
        turn(fd, &connection);
        close(fd);
    }
}

static int listen_on(uint16_t port)
{
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1, seconds = 5;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (const struct sockaddr*)&address, sizeof address) < 0) die("bind");
    if (listen(listener, 4096) < 0) die("listen");
    return listener;
}

static void usage(FILE* to)
{
    fputs("Usage: limit --port PORT --size BYTES [--sendfile] [--close]\n"
          "Answers every request on 127.0.0.1:PORT with the same BYTES octets; a measure for script/bench.\n"
          "  --sendfile  head with MSG_MORE, then the content from a file\n"
          "  --close     one request a connection\n",
          to);
}

int main(int count, char** arguments)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'}, {"size", required_argument, NULL, 's'},
        {"sendfile", no_argument, NULL, 'f'},   {"close", no_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},       {0}};
    long port = 0, size = -1;
    bool by_sendfile = false, closes = false;
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': port = strtol(optarg, NULL, 10); break;
        case 's': size = strtol(optarg, NULL, 10); break;
        case 'f': by_sendfile = true; break;
        case 'c': closes = true; break;
        case 'h': usage(stdout); return 0;
        default: usage(stderr); return 2;
        }
    }
    if (port <= 0 || port > 65535 || size < 0 || optind != count) {
        usage(stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    make_answers((size_t)size, by_sendfile, closes);
    connection_count = 1024;
    connections = calloc(connection_count, sizeof *connections);
    if (!connections) die("memory for connections");

    const int listener = listen_on((uint16_t)port);
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0) die("epoll");

    struct epoll_event events[events_at_once];
    for (;;) {
        const int ready = epoll_wait(epoll, events, events_at_once, -1);
        if (ready < 0 && errno != EINTR) die("wait");
        for (int i = 0; i < ready; ++i) {
            const int fd = events[i].data.fd;
            if (fd != listener) {
                if (!turn(fd, &connections[fd]) || events[i].events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) close(fd);
            } else if (closes) {
                accept_once(listener);
            } else {
                accept_kept(listener, epoll);
            }
        }
    }
}

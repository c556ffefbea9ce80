// A client that asks for each of many paths once and says how long it took: wrk can only ask for the same again and
// again, which a cache of results answers. One thread, some connections, HTTP/1.1, one request at a time on each.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { most_connections = 256, head_limit = 16 * 1024, receive_bytes = 256 * 1024, silence_ms = 30000 };

// Where in an answer's chunked content we are (RFC 9112 §7.1).
enum chunk_state { in_size, in_extension, in_data, in_data_end, in_trailer };

struct connection {
    int fd;
    bool busy, head_done, chunked, closes;
    double started, first;  // of the request in flight: when sent, when its first octet came (0: not yet)
    size_t head_bytes;
    uint64_t left;  // octets to come: of the content, or of the chunk
    enum chunk_state state;
    size_t line;  // octets in the trailer's line so far
    char head[head_limit + 1];
};

static struct {
    uint16_t port;
    const char* path;
    long first, count;
    int connections;
    char fields[2048];
} ask = {.path = "/", .count = 1, .connections = 1};

static struct connection connections[most_connections];
static char input[receive_bytes];
static double *first_octet, *whole;  // seconds, one an answer
static long sent, done, refused;
static uint64_t received_total;

static void die(const char* what)
{
    fprintf(stderr, "visit: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void join(struct connection* connection)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(ask.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd < 0 || connect(connection->fd, (const struct sockaddr*)&address, sizeof address) < 0)
        die("connect");
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void send_next(struct connection* connection)
{
    connection->busy = sent < ask.count;
    if (!connection->busy) return;
    // The path may hold one `*`, which is the request's number.
    char request[4096];
    const char* star = strchr(ask.path, '*');
    const int before = star ? (int)(star - ask.path) : (int)strlen(ask.path);
    char number[24] = "";
    if (star) snprintf(number, sizeof number, "%ld", ask.first + sent);
    const int length = snprintf(request, sizeof request, "GET %.*s%s%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s\r\n",
                                before, ask.path, number, star ? star + 1 : "", ask.port, ask.fields);
    if (length < 0 || (size_t)length >= sizeof request) die("the request is too long");
    connection->head_done = connection->chunked = connection->closes = false;
    connection->head_bytes = 0;
    connection->first = 0;
    connection->started = now();
    if (send(connection->fd, request, (size_t)length, MSG_NOSIGNAL) != length) die("send");
    ++sent;
}

// Reads the head when it is there; gives what of `data` it took.
static size_t take_head(struct connection* connection, const char* data, size_t size)
{
    const size_t before = connection->head_bytes;
    const size_t room = head_limit - before;
    const size_t taken = size < room ? size : room;
    memcpy(connection->head + before, data, taken);
    connection->head_bytes += taken;
    connection->head[connection->head_bytes] = 0;
    const char* end = memmem(connection->head, connection->head_bytes, "\r\n\r\n", 4);
    if (!end) {
        if (connection->head_bytes == head_limit) die("a head without an end");
        return taken;
    }
    const size_t head_bytes = (size_t)(end - connection->head) + 4;
    connection->head[head_bytes] = 0;
    connection->head_done = true;
    if (strncmp(connection->head, "HTTP/1.1 200 ", 13) != 0) ++refused;
    const char* length = strcasestr(connection->head, "\r\nContent-Length:");
    connection->chunked = strcasestr(connection->head, "\r\nTransfer-Encoding: chunked") != NULL;
    connection->closes = strcasestr(connection->head, "\r\nConnection: close") != NULL;
    connection->state = in_size;
    connection->left = 0;
    if (length && !connection->chunked) connection->left = strtoull(length + 17, NULL, 10);
    else if (!connection->chunked) die("an answer that only the connection's end delimits");
    return head_bytes - before;
}

// Walks over content. True: the answer has ended.
static bool take_chunks(struct connection* connection, const char* data, size_t size)
{
    for (size_t i = 0; i < size;) {
        const char c = data[i];
        switch (connection->state) {
        case in_size:
            if (c == '\n') connection->state = connection->left ? in_data : in_trailer, connection->line = 0;
            else if (c == ';') connection->state = in_extension;
            else if (c != '\r')
                connection->left = connection->left * 16 + (uint64_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
            ++i;
            break;
        case in_extension:
            if (c == '\n') connection->state = connection->left ? in_data : in_trailer, connection->line = 0;
            ++i;
            break;
        case in_data: {
            const size_t taken = size - i < connection->left ? size - i : connection->left;
            connection->left -= taken;
            i += taken;
            if (!connection->left) connection->state = in_data_end;
            break;
        }
        case in_data_end:
            if (c == '\n') connection->state = in_size;
            ++i;
            break;
        case in_trailer:
            if (c == '\n' && !connection->line) return true;
            if (c == '\n') connection->line = 0;
            else if (c != '\r') ++connection->line;
            ++i;
            break;
        }
    }
    return false;
}

static void take(struct connection* connection)
{
    const ssize_t received = recv(connection->fd, input, sizeof input, MSG_DONTWAIT);
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) die("receive an answer");
    if (connection->first == 0) connection->first = now();
    received_total += (uint64_t)received;
    size_t used = 0;
    if (!connection->head_done) used = take_head(connection, input, (size_t)received);
    if (!connection->head_done) return;
    const size_t rest = (size_t)received - used;
    bool ended;
    if (connection->chunked) {
        ended = take_chunks(connection, input + used, rest);
    } else {
        connection->left -= rest < connection->left ? rest : connection->left;
        ended = !connection->left;
    }
    if (!ended) return;
    first_octet[done] = connection->first - connection->started;
    whole[done++] = now() - connection->started;
    if (connection->closes) {
        close(connection->fd);
        join(connection);
    }
    send_next(connection);
}

static int by_size(const void* a, const void* b)
{
    const double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

static double percentile(const double* sorted, double part)
{
    return sorted[(long)(part * (double)(ask.count - 1))] * 1e6;
}

static void usage(FILE* to)
{
    fputs("Usage: visit --port PORT --path PATH [--first N] [--count N] [--connections N] [--field LINE]...\n"
          "Asks 127.0.0.1:PORT for PATH, count times; a `*` in PATH is first, first + 1, …. Prints one line of JSON.\n",
          to);
}

int main(int count, char** arguments)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"path", required_argument, NULL, 'u'},
                                            {"first", required_argument, NULL, 'f'},
                                            {"count", required_argument, NULL, 'n'},
                                            {"connections", required_argument, NULL, 'c'},
                                            {"field", required_argument, NULL, 'h'},
                                            {"help", no_argument, NULL, '?'},
                                            {0}};
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': ask.port = (uint16_t)strtol(optarg, NULL, 10); break;
        case 'u': ask.path = optarg; break;
        case 'f': ask.first = strtol(optarg, NULL, 10); break;
        case 'n': ask.count = strtol(optarg, NULL, 10); break;
        case 'c': ask.connections = (int)strtol(optarg, NULL, 10); break;
        case 'h':
            if (strlen(ask.fields) + strlen(optarg) + 3 > sizeof ask.fields) die("too many fields");
            strcat(strcat(ask.fields, optarg), "\r\n");
            break;
        default: usage(stderr); return 2;
        }
    }
    if (!ask.port || ask.count < 1 || ask.connections < 1 || ask.connections > most_connections || optind != count) {
        usage(stderr);
        return 2;
    }
    first_octet = calloc((size_t)ask.count, sizeof *first_octet);
    whole = calloc((size_t)ask.count, sizeof *whole);
    if (!first_octet || !whole) die("memory");

    struct pollfd polled[most_connections];
    const double started = now();
    for (int i = 0; i < ask.connections; ++i) {
        join(&connections[i]);
        send_next(&connections[i]);
        polled[i] = (struct pollfd){.events = POLLIN};
    }
    while (done < ask.count) {
        for (int i = 0; i < ask.connections; ++i) polled[i].fd = connections[i].busy ? connections[i].fd : -1;
        if (poll(polled, (nfds_t)ask.connections, silence_ms) <= 0) die("wait for an answer");
        for (int i = 0; i < ask.connections; ++i)
            if (polled[i].revents) take(&connections[i]);
    }
    const double seconds = now() - started;
    qsort(first_octet, (size_t)ask.count, sizeof *first_octet, by_size);
    qsort(whole, (size_t)ask.count, sizeof *whole, by_size);
    printf("{\"requests\": %ld, \"refused\": %ld, \"seconds\": %.6f, \"bytes\": %llu, \"first_p50\": %.1f, \"p50\": "
           "%.1f, \"p99\": %.1f}\n",
           done, refused, seconds, (unsigned long long)received_total, percentile(first_octet, 0.5),
           percentile(whole, 0.5), percentile(whole, 0.99));
    return 0;
}

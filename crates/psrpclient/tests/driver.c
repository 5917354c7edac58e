/* A host of libpsrpclient in C, as plain as PowerShell's own use of it: opens a shell, runs commands, closes, so often.
 *
 *   driver LIBRARY CONNECTION USER PASSWORD < CYCLES
 *
 * Each line of standard input is a cycle: shell id, creationXml without spaces in its base64, command id, base64 of the
 * pipeline's fragments, separated by tabs. What PSRP says is not looked at: the driver waits for the callbacks that the interface promises, and fails if one does not come, comes twice, or comes in the wrong
 * order. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef void *H;
typedef const uint16_t *W;
typedef struct { int32_t code; W detail, language, machine; } Error;
typedef void (*Completion)(void *, int, const Error *, H, H, H, const void *);
typedef struct { void *context; Completion completion; } Async;
typedef struct { uint32_t type; int32_t length __attribute__((aligned(8))); const void *pointer; } Data;
typedef struct { uint32_t mechanism; W user, password; } Credentials;
typedef struct { int32_t count; W *texts; } Texts;
typedef struct { W name, value; int32_t comply; } Option;
typedef struct { int32_t count; Option *options; int32_t understand; } Options;
typedef struct { Texts *input, *output; uint32_t idle; W directory; void *environment; W name; } Startup;

static int (*Initialize)(int, H *);
static int (*Deinitialize)(H, int);
static int (*ErrorMessage)(H, int, W, int, int, uint16_t *, int *);
static int (*CreateSession)(H, W, int, const Credentials *, const void *, H *);
static void (*CloseSession)(H, int);
static int (*SetOption)(H, int, const Data *);
static int (*GetDword)(H, int, int *);
static void (*CreateShell)(H, int, W, W, const Startup *, const Options *, const Data *, const Async *, H *);
static void (*CloseShell)(H, int, const Async *);
static void (*Run)(H, int, W, W, const Texts *, const Options *, const Async *, H *);
static void (*CloseCommand)(H, int, const Async *);
static void (*Receive)(H, H, int, const Texts *, const Async *, H *);
static void (*CloseOperation)(H, int);

static void *library;

static void fail(const char *what) {
    fprintf(stderr, "driver: %s\n", what);
    exit(1);
}

static void *export(const char *name) {
    void *found = dlsym(library, name);
    if (!found) fail(name);
    return found;
}

/* ASCII is all that is passed. */
static uint16_t *wide(const char *text) {
    size_t length = strlen(text);
    uint16_t *copy = malloc((length + 1) * sizeof *copy);
    for (size_t i = 0; i <= length; i++) copy[i] = (unsigned char)text[i];
    return copy;
}

/* Waits for one thing after the other. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

typedef struct Waited {
    const char *what;
    int done, flags, pieces;
    H shell, command;
    int32_t code;
    struct Waited *next;
} Waited;

/* All of them, until the end: a completion that comes late must find its own. */
static Waited *all;

static Waited *wait_for(const char *what) {
    Waited *waited = calloc(1, sizeof *waited);
    waited->what = what;
    waited->next = all;
    return all = waited;
}

static void told(void *context, int flags, const Error *error, H shell, H command, H operation, const void *data) {
    Waited *waited = context;
    (void)data;
    if (operation) CloseOperation(operation, 0); /* from inside the completion, as PowerShell does */
    pthread_mutex_lock(&lock);
    if (waited->done) fail("a completion after the last one");
    waited->code = error ? error->code : 0;
    waited->flags = flags;
    waited->shell = shell;
    waited->command = command;
    if (flags & 1) waited->done = 1; else waited->pieces++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void await(Waited *waited) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 120;
    pthread_mutex_lock(&lock);
    while (!waited->done)
        if (pthread_cond_timedwait(&changed, &lock, &end)) fail(waited->what);
    pthread_mutex_unlock(&lock);
}

/* The Async lives only during the call. */
#define CALL(waited, call) do { Async *async = malloc(sizeof *async); async->context = (waited); async->completion = told; \
    call; memset(async, 0xA5, sizeof *async); free(async); } while (0)

static void cycle(H api, char **arguments, char *given, int number) {
    const char *id = strtok(given, "\t"), *creation = strtok(NULL, "\t"), *pipeline = strtok(NULL, "\t");
    const char *argument = strtok(NULL, "\t\n");
    if (!argument) fail("a line without four parts");
    H session, shell = NULL, command = NULL, operation = NULL;
    uint16_t *where = wide(arguments[2]), *who = wide(arguments[3]), *secret = wide(arguments[4]);
    Credentials credentials = {4, who, secret};
    int room = 0;
    if (CreateSession(api, where, 0, &credentials, NULL, &session)) fail("CreateSession");
    memset(secret, 0, strlen(arguments[4]) * 2);
    free(where), free(who), free(secret);
    if (GetDword(session, 29, &room) || room <= 0) fail("option 29");
    Data timeout = {4, 30000, NULL};
    if (SetOption(session, 12, &timeout) || SetOption(session, 17, &timeout)) fail("options 12, 17");

    Waited *created = wait_for("create"), *pool = wait_for("receive of the shell"), *closed = wait_for("close shell");
    uint16_t *resource = wide("http://schemas.microsoft.com/powershell/PrivilegedEndpoint"), *shell_id = wide(id);
    uint16_t *in[] = {wide("stdin"), wide("pr")}, *out[] = {wide("stdout")}, *name = wide("Runspace1");
    uint16_t *option = wide("protocolversion"), *version = wide("2.3"), *content = wide(creation);
    Texts inputs = {2, (W *)in}, outputs = {1, (W *)out};
    Option one = {option, version, 1};
    Options options = {1, &one, 1};
    Startup startup = {&inputs, &outputs, 0xFFFFFFFF, NULL, NULL, name};
    Data open = {1, (int32_t)strlen(creation), content};
    CALL(created, CreateShell(session, 0, resource, shell_id, &startup, &options, &open, async, &shell));
    if (!shell) fail("no shell handle when the call returns");
    await(created);
    if (created->code || created->shell != shell || (created->flags & ~0x20) != 1) fail("create");
    free(in[0]), free(in[1]), free(name), free(resource), free(shell_id), free(option), free(version), free(content);
    CALL(pool, Receive(shell, NULL, 0, &outputs, async, &operation));

    Waited *run = wait_for("run"), *output = wait_for("receive of the command"), *ended = wait_for("close command");
    uint16_t *command_id = wide(pipeline), *line = wide("Get-PepGreeting"), *fragments = wide(argument);
    Texts texts = {1, (W *)&fragments};
    CALL(run, Run(shell, 0, command_id, line, &texts, NULL, async, &command));
    await(run);
    if (run->code || run->command != command) fail("run");
    free(command_id), free(line), free(fragments);
    if (number % 3) {
        CALL(output, Receive(shell, command, 0, &outputs, async, &operation));
        if (number % 3 == 1) await(output); /* else it is closed while the receive waits */
        if (number % 3 == 1 && (output->code || output->flags != 1 || !output->pieces)) fail("output");
    }
    CALL(ended, CloseCommand(command, 0, async));
    await(ended);
    CALL(closed, CloseShell(shell, 0, async));
    if (number % 4) await(closed); /* else the session is closed while its shell is */
    CloseSession(session, 0);
    await(closed);
    if (closed->code || !pool->done) fail("close shell");
    free(out[0]);
}

/* L-046: what belongs to the host's process. */
typedef struct { struct sigaction actions[32]; sigset_t mask; char locale[64]; int variables; } Host;

static void look(Host *host) {
    extern char **environ;
    memset(host, 0, sizeof *host);
    for (int number = 1; number < 32; number++) sigaction(number, NULL, &host->actions[number]);
    pthread_sigmask(SIG_SETMASK, NULL, &host->mask);
    strncpy(host->locale, setlocale(LC_ALL, NULL), sizeof host->locale - 1);
    for (char **variable = environ; *variable; variable++) host->variables++;
}

int main(int count, char **arguments) {
    if (count != 5) fail("usage");
    static Host before, after;
    look(&before);
    library = dlopen(arguments[1], RTLD_NOW);
    if (!library) fail(dlerror());
    Initialize = export("WSManInitialize"), Deinitialize = export("WSManDeinitialize");
    ErrorMessage = export("WSManGetErrorMessage"), CreateSession = export("WSManCreateSession");
    CloseSession = export("WSManCloseSession"), SetOption = export("WSManSetSessionOption");
    GetDword = export("WSManGetSessionOptionAsDword"), CreateShell = export("WSManCreateShellEx");
    CloseShell = export("WSManCloseShell"), Run = export("WSManRunShellCommandEx");
    CloseCommand = export("WSManCloseCommand"), Receive = export("WSManReceiveShellOutput");
    CloseOperation = export("WSManCloseOperation");

    H api = NULL;
    if (Initialize(1, &api) || !api) fail("Initialize");
    int used = 0;
    if (ErrorMessage(api, 0, NULL, 5, 0, NULL, &used) != 122 || used <= 0) fail("error message, first call");
    uint16_t *text = malloc(used * sizeof *text);
    if (ErrorMessage(api, 0, NULL, 5, used * 2, text, &used) || text[used - 1] == 0) fail("error message, second call");
    free(text);
    int cycles = 0;
    char *given = NULL;
    size_t size = 0;
    while (getline(&given, &size, stdin) > 0) cycle(api, arguments, given, ++cycles);
    free(given);

    /* Handles that were never given out, or are gone. */
    Waited *never = wait_for("close of an unknown shell");
    CALL(never, CloseShell((H)0x7777, 0, async));
    await(never);
    CloseSession((H)0x7777, 0);
    if (Deinitialize(api, 0)) fail("Deinitialize");
    if (!Deinitialize(api, 0)) fail("Deinitialize twice");
    struct timespec pause = {1, 0};
    nanosleep(&pause, NULL); /* the threads of the sessions go */
    while (all) {
        Waited *next = all->next;
        free(all);
        all = next;
    }
    look(&after);
    for (int number = 1; number < 32; number++)
        if (before.actions[number].sa_handler != after.actions[number].sa_handler) fail("a signal's action has changed");
    if (memcmp(&before.mask, &after.mask, sizeof before.mask)) fail("the signal mask has changed");
    if (strcmp(before.locale, after.locale) || before.variables != after.variables) fail("locale or environment");
    printf("%d cycles\n", cycles);
    return 0;
}

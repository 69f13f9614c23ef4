/* Runs the command line of ClickHouse out of the chdb library: launcher LIBRARY ARGUMENTS…
   It must be called on a plain C stack: the library switches stacks itself and dies under an FFI that does so too. */
#include <dlfcn.h>
#include <stdio.h>
#ifdef __linux__
#include <signal.h>
#include <sys/prctl.h>
#endif

int main(int argc, char **argv) {
  if (argc < 3) return 64;
#ifdef __linux__
  /* A test process that is killed takes its server with it. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    return 69;
  }
  void *(*query_cmdline)(int, char **) = (void *(*)(int, char **))dlsym(library, "chdb_query_cmdline");
  if (!query_cmdline) {
    fprintf(stderr, "%s\n", dlerror());
    return 69;
  }
  argv[1] = "clickhouse";
  return query_cmdline(argc - 1, argv + 1) ? 0 : 1;
}

// Takes the place of the C library's own functions (glibc), so that also what a library does behind our back is seen.
// operator new ends in malloc, std::mutex in pthread_mutex_lock.

#include "realtime_guard.h"

#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace {

void refuse(const char* what) {
  if (!RealtimeSection::entered()) return;
  const char* said[] = {"on the audio thread: ", what, "\n"};
  for (const char* part : said) {
    if (write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
  }
  std::abort();
}

}  // namespace

extern "C" {

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t size) {
  refuse("malloc");
  return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  refuse("calloc");
  return __libc_calloc(count, size);
}

void* realloc(void* block, std::size_t size) {
  refuse("realloc");
  return __libc_realloc(block, size);
}

void free(void* block) {
  refuse("free");
  __libc_free(block);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  refuse("pthread_mutex_lock");
  static const auto real = reinterpret_cast<int (*)(pthread_mutex_t*)>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  return real(mutex);
}

}

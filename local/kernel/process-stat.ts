/**
 * The fields of `/proc/PID/stat` from the third on: the second, the program's name in parentheses, may hold anything,
 * spaces and parentheses too. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function statFields(text: string): string[] {
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

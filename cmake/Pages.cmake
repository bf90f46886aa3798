# Manual pages and bash completion, written by the command itself:
#     cmake -DCOMMAND=... -DFOLDER=... -P Pages.cmake
# A command that cannot run here leaves a warning and no pages.

# What the command prints, to a file. Lists and semicolons stay as they are.
function(write_page file)
  execute_process(COMMAND ${COMMAND} help ${ARGN} OUTPUT_FILE ${FOLDER}/${file}
                          COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER}/man1 ${FOLDER}/completions)
execute_process(COMMAND ${COMMAND} help --json OUTPUT_VARIABLE all RESULT_VARIABLE code
                ERROR_QUIET)
if(NOT code EQUAL 0)
  message(WARNING "${COMMAND} does not run: no manual pages, no completion")
  return()
endif()
write_page(man1/cvxrelu.1 --man)
write_page(completions/cvxrelu --completion bash)
string(JSON count LENGTH "${all}" commands)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON name GET "${all}" commands ${i} name)
  write_page(man1/cvxrelu-${name}.1 --man ${name})
endforeach()

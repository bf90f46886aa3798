# cvr_embed(FILE NAME OUT): OUT becomes a C source with `const char NAME[]`, the text of FILE
# (ASCII) with a zero behind it; made again when FILE changes.
function(cvr_embed file name out)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.c)
  file(CONFIGURE OUTPUT ${source}
       CONTENT "extern const char ${name}[];\nconst char ${name}[] = {${bytes}0};\n")
  set(${out} ${source} PARENT_SCOPE)
endfunction()

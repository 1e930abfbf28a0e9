# -DBOSH_SANITIZE=address,undefined builds everything under those sanitizers.
if(BOSH_SANITIZE)
  add_compile_options(-fsanitize=${BOSH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${BOSH_SANITIZE})
endif()
